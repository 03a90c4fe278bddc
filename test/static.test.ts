import { findUws } from '../src/edge/uws-library.ts'
import { staticContract } from './static.contract.ts'

if (findUws().library) staticContract('uws')
else console.warn('skipped: uWebSockets.js does not load here')

staticContract('ws')
