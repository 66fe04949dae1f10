const { z } = require('zod');

z.number().parse('text');
