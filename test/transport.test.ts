import { describe, expect, it } from 'vitest'
import { remoteName } from '../src/edge/transport.ts'
import { UwsTransport } from '../src/edge/uws.ts'
import { findUws } from '../src/edge/uws-library.ts'
import { WsTransport } from '../src/edge/ws.ts'
import { transportContract } from './transport.contract.ts'

const { library } = findUws()
if (library) {
  transportContract({
    name: 'uws',
    shortestIdle: 8,
    create: (options, handlers) => new UwsTransport(library, options, handlers),
  })
} else console.warn('skipped: uWebSockets.js does not load here')

transportContract({ name: 'ws', shortestIdle: 1, create: (options, handlers) => new WsTransport(options, handlers) })

describe('remoteName', () => {
  it.each([
    ['127.0.0.1', 80, '127.0.0.1:80'],
    ['::1', 0, '[::1]:0'],
  ])('writes %s and port %d', (ip, port, name) => expect(remoteName(ip, port)).toBe(name))
})
