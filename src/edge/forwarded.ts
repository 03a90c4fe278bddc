import { isIP } from 'node:net'
import type { Proxies } from '../proxies.ts'
import { shortIp } from './transport.ts'

/** Who is at the other end of a connection, and the headers that came over it. */
export interface Peer {
  readonly ip: string
  /** 0 where the transport hides it. */
  readonly port: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Who asks, and how, as far as it can be believed. */
export interface Asker {
  readonly ip: string
  /** 0 where nobody tells. */
  readonly port: number
  /** The host that was asked for, with its port if it has one of its own. */
  readonly host: string
  /** Over TLS. */
  readonly secure: boolean
}

interface Hop {
  readonly ip: string
  readonly port: number
}

/** What proxies tell of a request. */
interface Told {
  /** The client first, as far as it can be believed; undefined where that one is hidden or no address. */
  readonly hops: readonly (Hop | undefined)[]
  readonly host: string | undefined
  readonly proto: string | undefined
}

/**
 * Who asks. What a proxy tells is believed where the proxy is; the client is the nearest hop that is no such proxy, since whatever is told
 * beyond it, the client may have written itself.
 * @param secure the peer speaks TLS
 */
export function askerOf(peer: Peer, secure: boolean, proxies: Proxies): Asker {
  const host = one(peer.headers.host) ?? ''
  if (!proxies.has(peer.ip)) return { ip: peer.ip, port: peer.port, host, secure }
  const told = toldBy(peer.headers)
  let client: Hop = peer
  for (const hop of told.hops.toReversed()) {
    if (!hop || !proxies.has(client.ip)) break
    client = hop
  }
  return {
    ip: client.ip,
    port: client.port,
    host: told.host ?? host,
    secure: told.proto === undefined ? secure : told.proto === 'https' || told.proto === 'wss',
  }
}

/**
 * `X-Forwarded-For` goes before `Forwarded`: most proxies write the first and pass the second on as the client wrote it. Of several hosts
 * and protocols the first is what the client asked for.
 */
function toldBy(headers: Peer['headers']): Told {
  const list = one(headers['x-forwarded-for'])
  const forwarded = one(headers.forwarded)
  if (list === undefined && forwarded !== undefined) return readForwarded(forwarded)
  return {
    hops: items(list).map(readHop),
    host: items(one(headers['x-forwarded-host']))[0],
    proto: items(one(headers['x-forwarded-proto']))[0]?.toLowerCase(),
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}

function items(list = ''): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g
const PAIR = /^\s*([!#$%&'*+.^_`|~\w-]+)=([!#$%&'*+.^_`|~\w-]+|"(?:[^"\\]|\\.)*")\s*$/

/** RFC 7239, section 4. One that is malformed tells nothing: a client could have opened a quotation that the proxies' words then stand in. */
function readForwarded(header: string): Told {
  const quoted: string[] = []
  const plain = header.replace(QUOTED, (text) => `"${quoted.push(text) - 1}"`)
  const elements = items(plain).map((element) => {
    const pairs = element.split(';').map((pair) => PAIR.exec(pair.replace(/"(\d+)"/, (_, n) => quoted[n] ?? '')))
    return pairs.includes(null)
      ? undefined
      : new Map(pairs.map((pair) => [pair![1]!.toLowerCase(), unquoted(pair![2]!)]))
  })
  if (elements.includes(undefined)) return { hops: [], host: undefined, proto: undefined }
  const first = (name: string) => elements.map((element) => element!.get(name)).find((value) => value !== undefined)
  return {
    hops: elements.map((element) => readHop(element!.get('for') ?? '')),
    host: first('host'),
    proto: first('proto')?.toLowerCase(),
  }
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** `1.2.3.4`, `1.2.3.4:5`, `::1`, `[::1]`, `[::1]:5`. */
function readHop(text: string): Hop | undefined {
  const [, bracketed, v4, digits] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const ip = bracketed ?? v4 ?? text
  if (isIP(ip) === 0 || ip.includes('%') || (bracketed !== undefined && isIP(ip) !== 6)) return undefined
  return { ip: shortIp(ip), port: Math.min(Number(digits ?? 0), 65_535) }
}
