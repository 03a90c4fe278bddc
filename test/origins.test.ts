import { describe, expect, it } from 'vitest'
import { isListed, isSameOrigin, originRules } from '../src/origins.ts'
import { ConfigError } from '../src/values.ts'

const listed = (list: string, origin: string) => isListed(originRules(list), origin)

describe('an origin in the list', () => {
  it.each([
    ['https://play.example.org', 'https://play.example.org'],
    ['https://play.example.org:443', 'https://play.example.org'],
    ['https://play.example.org', 'https://play.example.org:443'],
    ['http://play.example.org:80', 'http://play.example.org'],
    ['HTTPS://Play.Example.ORG', 'https://play.example.org'],
    ['https://play.example.org:8443', 'https://play.example.org:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://[0:0:0:0:0:0:0:1]:3000', 'http://[::1]:3000'],
    ['http://localhost:*', 'http://localhost'],
    ['http://localhost:*', 'http://localhost:5173'],
    ['http://[::1]:*', 'http://[::1]:5173'],
    ['https://*.example.org', 'https://play.example.org'],
    ['https://*.example.org', 'https://a.b.example.org'],
    ['https://*.example.org:*', 'https://play.example.org:8443'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['file://', 'file://'],
    ['null', 'null'],
    ['*', 'https://anywhere.example'],
    ['*', 'null'],
    ['*', 'no origin at all'],
    ['http://a.example,https://b.example', 'https://b.example'],
  ])('%s is %s', (list, origin) => expect(listed(list, origin)).toBe(true))

  it.each([
    ['https://play.example.org', 'http://play.example.org'],
    ['https://play.example.org', 'https://play.example.org:8443'],
    ['https://play.example.org', 'https://play.example.org.evil.example'],
    ['https://play.example.org', 'https://evil.example/https://play.example.org'],
    ['https://play.example.org', 'https://play.example.org@evil.example'],
    ['https://play.example.org', 'https://play.example.org, https://evil.example'],
    ['https://play.example.org', 'https://play.example.org.'],
    ['https://play.example.org', 'null'],
    ['https://play.example.org', ''],
    ['https://play.example.org', '*'],
    ['https://play.example.org', 'https://*.example.org'],
    ['http://localhost:*', 'https://localhost:5173'],
    ['http://localhost:*', 'http://localhost:*'],
    ['http://localhost:*', 'http://localhost.evil.example:5173'],
    ['https://*.example.org', 'https://example.org'],
    ['https://*.example.org', 'https://evilexample.org'],
    ['https://*.example.org', 'https://.example.org.evil.example'],
    ['https://*.example.org', 'https://play.example.org:8443'],
    ['file://', 'null'],
    ['null', 'file://'],
  ])('%s is not %s', (list, origin) => expect(listed(list, origin)).toBe(false))

  it.each([
    '',
    ',',
    'play.example.org',
    'localhost:3000',
    'https://play.example.org/',
    'https://play.example.org/game',
    'https://play.example.org?x',
    'https://me@play.example.org',
    'https://pl*y.example.org',
    'https://*',
    'https://*.',
    'https://*.*.org',
    'https://play.example.org:x',
    'https://play.example.org:',
    'https://[::1',
    'https://a b',
    '//play.example.org',
  ])('can’t be %j', (list) => expect(() => originRules(list)).toThrow(ConfigError))
})

describe('the host that was asked for', () => {
  it.each([
    ['https://play.example.org', 'play.example.org', true],
    ['https://play.example.org', 'play.example.org:443', true],
    ['https://play.example.org:8443', 'play.example.org:8443', true],
    ['https://play.example.org', 'PLAY.example.org', true],
    // Behind a proxy that ends TLS and does not say so.
    ['https://play.example.org', 'play.example.org', false],
    ['http://localhost:9000', 'localhost:9000', false],
    ['http://localhost', 'localhost:80', false],
    ['http://[::1]:9000', '[::1]:9000', false],
  ])('is that of %s when it is %s (TLS: %s)', (origin, host, secure) =>
    expect(isSameOrigin(origin, host, secure)).toBe(true),
  )

  it.each([
    ['https://evil.example', 'play.example.org', true],
    ['https://play.example.org:8443', 'play.example.org', true],
    ['https://play.example.org', 'play.example.org:8443', true],
    ['http://play.example.org', 'play.example.org', true],
    ['http://localhost:3000', 'localhost:9000', false],
    ['http://localhost:9000', '127.0.0.1:9000', false],
    ['null', 'play.example.org', false],
    ['null', '', false],
    ['file://', '', false],
    ['capacitor://localhost', 'localhost', false],
    ['https://evil.example', '*', false],
    ['https://evil.example', '*.evil.example', false],
    ['https://evil.example', 'evil.example/', false],
    ['https://evil.example', 'play.example.org, evil.example', false],
    ['http://', '', false],
  ])('is not that of %s when it is %j (TLS: %s)', (origin, host, secure) =>
    expect(isSameOrigin(origin, host, secure)).toBe(false),
  )
})
