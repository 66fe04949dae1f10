import dayjs from 'dayjs';
import _ from 'lodash';
import { evaluate } from 'mathjs';
import { z } from 'zod';

console.log(_.sum([1, 2]), dayjs('2020-01-01').year(), evaluate('2 ^ 10'), z.string().parse('text'));
