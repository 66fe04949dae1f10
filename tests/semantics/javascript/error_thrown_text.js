throw 'division by zero';
