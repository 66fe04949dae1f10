Promise.reject('database offline');
