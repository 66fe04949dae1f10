console.log('it's');
