import { describe, expect, it } from 'vitest'
import { askerOf } from '../src/edge/forwarded.ts'
import { proxies } from '../src/proxies.ts'
import { ConfigError } from '../src/values.ts'

type Headers = Record<string, string>

const NGINX = { ip: '127.0.0.1', port: 50_000 }
const trusted = proxies('loopback,10.0.0.0/8,2001:db8::/32')

/** Who asks, where a proxy on this machine tells this. */
function told(headers: Headers, peer = NGINX, secure = false) {
  return askerOf({ ...peer, headers: { host: 'inside:9000', ...headers } }, secure, trusted)
}

describe('proxies', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.8.9.10'],
    ['loopback', '::1'],
    ['private', '10.1.2.3'],
    ['private', '172.31.0.1'],
    ['private', '192.168.1.1'],
    ['private', 'fd00::1'],
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.0/24', '192.0.2.255'],
    ['0.0.0.0/0', '203.0.113.5'],
    ['2001:db8::/32', '2001:db8:1::1'],
    ['2001:DB8::7', '2001:db8::7'],
    ['unix', 'unix'],
    ['unix,192.0.2.7', '192.0.2.7'],
  ])('%s has %s', (list, ip) => expect(proxies(list).has(ip)).toBe(true))

  it.each([
    ['loopback', '128.0.0.1'],
    ['loopback', 'unix'],
    ['loopback', 'localhost'],
    ['loopback', ''],
    ['private', '172.32.0.1'],
    ['private', '127.0.0.1'],
    ['192.0.2.7', '192.0.2.8'],
    ['192.0.2.0/24', '192.0.3.0'],
    ['0.0.0.0/0', '2001:db8::1'],
    ['unix', '127.0.0.1'],
    ['unix', ''],
  ])('%s has not %s', (list, ip) => expect(proxies(list).has(ip)).toBe(false))

  it.each([
    '',
    ',',
    'nginx',
    'localhost',
    '10.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '1.2.3.4:80',
    ' 10.0.0.1',
  ])('can’t be %j', (list) => expect(() => proxies(list)).toThrow(ConfigError))
})

describe('who is no proxy', () => {
  it.each<Headers>([
    { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-host': 'other', 'x-forwarded-proto': 'https' },
    { forwarded: 'for=198.51.100.1;host=other;proto=https' },
  ])('is not believed: %j', (headers) => {
    const peer = { ip: '203.0.113.5', port: 1 }
    expect(told(headers, peer)).toEqual({ ip: '203.0.113.5', port: 1, host: 'inside:9000', secure: false })
    expect(told(headers, { ip: 'unix', port: 0 })).toEqual({ ip: 'unix', port: 0, host: 'inside:9000', secure: false })
    expect(told(headers, peer, true).secure).toBe(true)
  })
})

describe('X-Forwarded-For', () => {
  it.each([
    ['203.0.113.5', '203.0.113.5'],
    ['2001:DB9:0::5', '2001:db9::5'],
    ['[2001:db9::5]', '2001:db9::5'],
    ['::ffff:203.0.113.5', '203.0.113.5'],
    // What the client wrote itself stands to the left of what the first proxy saw.
    ['198.51.100.1, 203.0.113.5', '203.0.113.5'],
    ['127.0.0.1, 203.0.113.5', '203.0.113.5'],
    ['203.0.113.5, 10.1.1.1', '203.0.113.5'],
    ['198.51.100.1, 203.0.113.5, 10.1.1.1, 10.2.2.2', '203.0.113.5'],
    ['198.51.100.1,203.0.113.5 ,2001:db8::7', '203.0.113.5'],
    // All are proxies: the one that is farthest.
    ['10.3.3.3, 10.1.1.1', '10.3.3.3'],
    // Nobody has this address: the proxy that told of it stands for it.
    ['unknown', '127.0.0.1'],
    ['unknown, 10.1.1.1', '10.1.1.1'],
    ['unix', '127.0.0.1'],
    ['#ID"}', '127.0.0.1'],
    ['203.0.113.5 evil', '127.0.0.1'],
    ['203.0.113.256', '127.0.0.1'],
    ['fe80::1%eth0', '127.0.0.1'],
    ['', '127.0.0.1'],
    [', ,', '127.0.0.1'],
  ])('%j tells of %s', (list, ip) => expect(told({ 'x-forwarded-for': list }).ip).toBe(ip))

  it('may tell the port; otherwise nobody knows it', () => {
    expect(told({ 'x-forwarded-for': '203.0.113.5:4711' })).toMatchObject({ ip: '203.0.113.5', port: 4711 })
    expect(told({ 'x-forwarded-for': '[2001:db9::5]:4711' })).toMatchObject({ ip: '2001:db9::5', port: 4711 })
    expect(told({ 'x-forwarded-for': '203.0.113.5' }).port).toBe(0)
    expect(told({})).toMatchObject(NGINX)
  })

  it('over a unix socket is believed where `unix` is', () => {
    const peer = { ip: 'unix', port: 0, headers: { host: 'h', 'x-forwarded-for': '203.0.113.5' } }
    expect(askerOf(peer, false, proxies('unix')).ip).toBe('203.0.113.5')
    expect(askerOf(peer, false, proxies('loopback')).ip).toBe('unix')
  })
})

describe('X-Forwarded-Host and X-Forwarded-Proto', () => {
  it('tell what the client asked for', () => {
    const headers = { 'x-forwarded-host': 'play.example.org, inner', 'x-forwarded-proto': 'HTTPS, http' }
    expect(told(headers)).toMatchObject({ host: 'play.example.org', secure: true })
    expect(told({ 'x-forwarded-proto': 'wss' }).secure).toBe(true)
    expect(told({ 'x-forwarded-proto': 'http' }, NGINX, true).secure).toBe(false)
    expect(told({}, NGINX, true)).toMatchObject({ host: 'inside:9000', secure: true })
  })
})

describe('Forwarded', () => {
  it.each([
    ['for=203.0.113.5', '203.0.113.5'],
    ['For="203.0.113.5:80"', '203.0.113.5'],
    ['for="[2001:db9::5]:80";proto=http', '2001:db9::5'],
    ['for=198.51.100.1, for=203.0.113.5;by=10.0.0.1, for=10.1.1.1', '203.0.113.5'],
    ['by="a,b;c=\\"d";for=203.0.113.5', '203.0.113.5'],
    // RFC 7239, section 6: a client may be hidden.
    ['for=unknown', '127.0.0.1'],
    ['for=_hidden, for=10.1.1.1', '10.1.1.1'],
    ['proto=https', '127.0.0.1'],
    // A client opened a quotation to swallow what the proxies write behind it.
    ['for="198.51.100.1, for=203.0.113.5', '127.0.0.1'],
    ['for="x, for="[2001:db9::5]";host="h"', '127.0.0.1'],
    ['for=198.51.100.1 for=203.0.113.5', '127.0.0.1'],
    ['nonsense', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('%j tells of %s', (forwarded, ip) => expect(told({ forwarded }).ip).toBe(ip))

  it('tells what the client asked for', () => {
    const forwarded = 'for=203.0.113.5;host="play.example.org:8443";proto=https, for=10.1.1.1;host=inner;proto=http'
    expect(told({ forwarded })).toEqual({ ip: '203.0.113.5', port: 0, host: 'play.example.org:8443', secure: true })
  })

  it('is not read beside X-Forwarded-For, since a proxy that writes that one passes this one on as the client wrote it', () => {
    const headers = { 'x-forwarded-for': '203.0.113.5', forwarded: 'for=198.51.100.1;host=evil;proto=https' }
    expect(told(headers)).toEqual({ ip: '203.0.113.5', port: 0, host: 'inside:9000', secure: false })
  })
})
