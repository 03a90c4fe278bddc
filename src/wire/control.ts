/** The subprotocol that seats and their control frames belong to. */
export const PROTOCOL = 'playpipe.v1'

/** How a client asks for its seat: a further entry in the list of subprotocols, `playpipe.v1.TOKEN.COUNT` or `playpipe.v1.TOKEN.fresh`. */
export interface Claim {
  readonly token: string
  /** Frames that it has, gaps among them; `fresh` where it has forgotten them, as a page does that was loaded anew. */
  readonly has: number | 'fresh'
}

/** What a handshake offers. */
export interface Offer {
  /** It understands control frames. */
  readonly controls: boolean
  readonly claim: Claim | undefined
  /** A token that says who it is: the entry `bearer.TOKEN`. */
  readonly bearer: string | undefined
}

/** From the server, in the opcode that the room's own frames don't use. Counts begin at 0 with the seat. */
export type ServerControl =
  | {
      /** The first frame of every connection. */
      readonly type: 'seat'
      readonly id: number
      readonly room: string
      /** 128 random bits, base64url; empty where the server keeps no seats. */
      readonly token: string
      /** Seconds that the seat is kept after its connection broke; 0 where the server keeps no seats. */
      readonly grace: number
      /** The client's messages that the server has. */
      readonly taken: number
      readonly resumed: boolean
      /** False where the room's own frames come in both opcodes (gwsocket): this is the only control frame, either way. Absent elsewhere. */
      readonly controls?: false
    }
  | { readonly type: 'ack'; readonly taken: number }
  /** So many frames could not be kept and will not come. It is counted as a frame itself, so that it is sent again where it did not arrive. */
  | { readonly type: 'gap'; readonly missed: number }
  | { readonly type: 'pong'; readonly n: number }

/** From the client. */
export type ClientControl =
  | { readonly type: 'ack'; readonly taken: number }
  | { readonly type: 'ping'; readonly n: number }

/** What stands before a token in the list of subprotocols. */
export const BEARER = 'bearer.'

/** Either side acknowledges after so many bytes, */
export const ACK_BYTES = 64 * 1024
/** or after so many milliseconds. */
export const ACK_MS = 1000

/** Reads the `Sec-WebSocket-Protocol` header. */
export function readOffer(header: string | undefined): Offer {
  const entries = (header ?? '').split(',').map((entry) => entry.trim())
  const bearer = entries.find((entry) => entry.startsWith(BEARER))?.slice(BEARER.length)
  if (!entries.includes(PROTOCOL)) return { controls: false, claim: undefined, bearer }
  const claims = entries
    .map((entry) => /^playpipe\.v1\.([\w-]{22})\.(\d{1,15}|fresh)$/.exec(entry))
    .find((match) => match !== null)
  if (!claims) return { controls: true, claim: undefined, bearer }
  return {
    controls: true,
    bearer,
    claim: { token: claims[1]!, has: claims[2] === 'fresh' ? 'fresh' : Number(claims[2]) },
  }
}

/** Writes a claim as an entry of the list of subprotocols. */
export function writeClaim({ token, has }: Claim): string {
  return `${PROTOCOL}.${token}.${has}`
}

/** @returns undefined for what is no control frame of a client */
export function readControl(text: string): ClientControl | undefined {
  try {
    const control = JSON.parse(text)
    if (control?.type === 'ack' && Number.isSafeInteger(control.taken)) return control
    if (control?.type === 'ping' && Number.isFinite(control.n)) return control
  } catch {
    return undefined // not JSON: nothing that we know
  }
  return undefined
}
