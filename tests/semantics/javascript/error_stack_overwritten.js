const error = new Error('message');
error.stack = 'a stack of my own\n    at nowhere';
throw error;
