import { WebSocket } from 'ws'

export type Dialer = new (url: string, protocols: string[]) => WebSocket

/**
 * WebSockets as a browser has them, for Node. A server that chooses none of the subprotocols that it is offered (ScaleSocket, say) is
 * asked again without any, since ws takes that for a failure.
 * @param opened hears of each one @param failed says why one did not open, or broke
 */
export function createDialer(opened: (socket: WebSocket) => void, failed: (why: string) => void): Dialer {
  let plain = false
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, plain ? [] : protocols, { perMessageDeflate: false })
      opened(this)
      this.on('error', ({ message }) => {
        if (/no subprotocol/.test(message)) plain = true
        else failed(message)
      })
    }
  }
}
