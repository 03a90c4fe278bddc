import { BlockList, isIP } from 'node:net'
import { ConfigError } from './values.ts'

/** What stands for the address of who comes over a unix socket. */
export const UNIX = 'unix'

/** Words for what is tedious to write. */
const NAMED: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** The proxies whose word is believed. */
export interface Proxies {
  /** @param ip an address the short way, or `unix` */
  has(ip: string): boolean
}

export const NO_PROXIES: Proxies = { has: () => false }

/** Reads the value of `--trustproxy`. */
export function proxies(written: string): Proxies {
  const items = written.split(',').filter((item) => item !== '')
  if (items.length === 0) throw new ConfigError('want addresses, as in loopback,10.0.0.0/8')
  const list = new BlockList()
  for (const range of items.filter((item) => item !== UNIX).flatMap((item) => NAMED[item] ?? item)) add(list, range)
  const unix = items.includes(UNIX)
  return { has: (ip) => (ip === UNIX ? unix : isIP(ip) > 0 && list.check(ip, familyOf(ip))) }
}

function add(list: BlockList, range: string): void {
  const [, address = '', digits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(range) ?? []
  const bits = isIP(address) === 4 ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  if (isIP(address) === 0 || address.includes('%') || prefix > bits)
    throw new ConfigError(`${range} is no address; want addresses, ADDRESS/BITS, loopback, private or unix`)
  list.addSubnet(address, prefix, familyOf(address))
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIP(ip) === 6 ? 'ipv6' : 'ipv4'
}
