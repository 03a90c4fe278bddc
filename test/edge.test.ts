import { UwsTransport } from '../src/edge/uws.ts'
import { findUws } from '../src/edge/uws-library.ts'
import { WsTransport } from '../src/edge/ws.ts'
import { edgeContract } from './edge.contract.ts'

const { library } = findUws()
if (library) {
  edgeContract({
    name: 'uws',
    shortestIdle: 8,
    create: (options, handlers) => new UwsTransport(library, options, handlers),
  })
} else console.warn('skipped: uWebSockets.js does not load here')

edgeContract({ name: 'ws', shortestIdle: 1, create: (options, handlers) => new WsTransport(options, handlers) })
