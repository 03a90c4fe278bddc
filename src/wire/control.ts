/** The subprotocol of Playpipe's own client. */
export const PROTOCOL = 'playpipe.v1'

/**
 * Ours wherever it is offered; another entry may carry a secret, and is never echoed.
 * @param header `Sec-WebSocket-Protocol`
 * @returns '' for none
 */
export function chooseProtocol(header: string | undefined): string {
  const offered = (header ?? '').split(',').map((entry) => entry.trim())
  return offered.includes(PROTOCOL) ? PROTOCOL : ''
}
