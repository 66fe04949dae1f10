new (require('events'))().emit('error', 'only a text', 2);
