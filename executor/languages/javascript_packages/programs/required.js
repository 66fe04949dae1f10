const _ = require('lodash');
const dayjs = require('dayjs');
const { evaluate } = require('mathjs');
const { z } = require('zod');

console.log(_.chunk([1, 2, 3], 2), dayjs('2020-01-31').add(1, 'day').format('D.M.'), evaluate('sqrt(-4)').toString());
console.log(z.object({ a: z.number() }).safeParse({ a: 'b' }).success);
