console.log("begun");

@logged
class Service {}
