import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Place } from '../config.ts'
import type { Certificate } from './certificate.ts'

/** A WebSocket, whatever carries it. Calls on a closed one do nothing. */
export interface Socket {
  send(bytes: Buffer, binary: boolean): void
  /** Sends what waits, then a close frame. `reason` is at most 123 bytes of UTF-8. */
  end(code: number, reason: string): void
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /** Bytes accepted and not yet passed on; those published in this turn of the loop may be left out. */
  backlog(): number
}

/** What a handshake says, copied from the request. */
export interface Hello {
  /** The path as it was sent, without the query. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** `unix` where it came over a unix socket. */
  readonly ip: string
  /** 0 where the transport hides it. */
  readonly port: number
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Hears what happens on one socket. */
export interface Session {
  /** @param bytes valid during the call only */
  message(bytes: Buffer, binary: boolean): void
  /** The socket has passed on some of its backlog. */
  drained(): void
  /** Once, however the socket ended. 1006: without a close frame. */
  closed(code: number): void
}

/** The answer to a handshake: an HTTP status, or the chosen subprotocol ('' for none) and a session that is told its socket. */
export type Answer =
  | { readonly kind: 'refuse'; readonly status: number; readonly body: string }
  | { readonly kind: 'accept'; readonly protocol: string; open(socket: Socket): Session | undefined }

/** The requests that a server answers. */
export interface Handlers {
  upgrade(hello: Hello): Answer
  http(request: IncomingMessage, response: ServerResponse): void
}

export interface TransportOptions {
  /** Messages beyond this many bytes are closed with 1009; beyond four times as many the transport may cut the connection. */
  readonly maxPayload: number
  /** Seconds of silence after which a peer is gone, pings unanswered; 0 never. */
  readonly idle: number
  /** Speaks TLS with it. */
  readonly certificate?: Certificate | undefined
  /** Compresses frames that are worth it, for peers that offer permessage-deflate. */
  readonly compress?: boolean
}

export interface Transport {
  readonly name: string
  /** @returns the port, chosen by the system where 0 was asked for; 0 for a unix socket */
  listen(place: Place): Promise<number>
  /** Greets newcomers with another certificate; who is connected stays. Throws where it can't be used: the one before stays. */
  renew(certificate: Certificate): void
  /** Sends to every socket that subscribed, in order with what is sent to each. */
  publish(topic: string, bytes: Buffer, binary: boolean): void
  /** Stops listening and ends what is still connected. Resolves when it is done. */
  close(code: number, reason: string): Promise<void>
}

/** A port that can't be listened on; the message says why. */
export class ListenError extends Error {}

export const TOO_LARGE = 1009

/** Bytes below which a frame grows when it is compressed alone, or shrinks by less than a packet. */
export const MIN_COMPRESSED = 1024

/** How long a peer may take over a request, over reading an answer, and between two of them, in ms. uWebSockets.js has no choice here. */
export const HTTP_PATIENCE = 10_000

/** How long a socket that was ended may take over what it is owed where no silence is too long (`--idle 0`), in seconds. */
export const MAX_IDLE = 960

/** The nonce of RFC 6455, section 4.1: 16 bytes in base64. */
export function isHandshakeKey(key: string): boolean {
  return /^[+/0-9A-Za-z]{21}[AQgw]==$/.test(key)
}

/** An address as people write it: IPv4 where it is one in IPv6's clothes, IPv6 the short way, without its zone. */
export function shortIp(ip: string): string {
  if (!ip.includes(':')) return ip
  const short = new URL(`http://[${ip.replace(/%.*/, '')}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(short) ?? []
  if (low === undefined) return short
  return [high!, low]
    .map((word) => Number.parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 255])
    .join('.')
}

/** Formats an address as `ip:port`, IPv6 in brackets. */
export function remoteName(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
