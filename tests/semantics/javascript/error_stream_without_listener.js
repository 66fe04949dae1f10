require('fs').createReadStream('/no/such/file').pipe(process.stdout);
