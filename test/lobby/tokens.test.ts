import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type JWTPayload, SignJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ForeignConfig } from '../../src/config.ts'
import { ForeignTokens } from '../../src/lobby/foreign.ts'
import { Identity } from '../../src/lobby/identity.ts'
import { Keys } from '../../src/lobby/keys.ts'
import { Spent } from '../../src/lobby/spent.ts'
import { Tokens } from '../../src/lobby/tokens.ts'
import { Metrics } from '../../src/metrics.ts'
import { Clock, forge, storeInMemory, temporaryFolder, unsigned } from './fixtures.ts'

const ADA = { sub: 'ada', name: 'Ada' }
const SECRET = 'a secret that is long enough for HMAC'

async function newIdentity(foreign?: Partial<ForeignConfig>) {
  const clock = new Clock()
  const keys = new Keys(temporaryFolder(), clock.now())
  const tokens = new Tokens(keys, clock.now)
  const metrics = new Metrics()
  const store = storeInMemory()
  const config = { issuer: undefined, audience: undefined, ...foreign } as ForeignConfig
  const identity = new Identity({
    own: { tokens, spent: await Spent.load(store, 0) },
    foreign: foreign && new ForeignTokens(config, clock.now),
    metrics,
    now: clock.now,
  })
  const logIn = async () => {
    const session = await identity.logIn(ADA)
    const who = await identity.verify(session.token)
    if ('refused' in who) throw new Error(who.refused)
    return { ...session, who }
  }
  return { clock, keys, tokens, store, identity, logIn, metrics }
}

/** Another spelling of a token of HS256: two bits of its last character mean nothing. */
function sameBits(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + letters[letters.indexOf(token.at(-1)!) ^ 1]
}

async function refusals(metrics: Metrics): Promise<string> {
  return (await metrics.registry().metrics())
    .split('\n')
    .filter((line) => /tokens_refused\w*\{/.test(line))
    .join('\n')
}

describe('a session', () => {
  it('tells who somebody is, until it ends', async () => {
    const { identity, clock, logIn } = await newIdentity()
    const { token, expires, who } = await logIn()
    expect(who).toMatchObject({ player: ADA, expires })
    expect(who.room).toBeUndefined()
    clock.ms = expires - 1
    expect(await identity.verify(token)).toMatchObject({ player: ADA })
    clock.ms = expires
    expect(await identity.verify(token)).toEqual({ refused: 'expired' })
  })

  it('survives a new key', async () => {
    const { identity, keys, clock, logIn } = await newIdentity()
    const { token } = await logIn()
    keys.refresh(clock.ms + 29.9 * 86_400_000)
    clock.pass(29.5 * 86_400)
    keys.refresh(clock.ms + 86_400_000)
    expect(keys.current.made).toBeGreaterThan(clock.ms - 1)
    expect(await identity.verify(token)).toMatchObject({ player: ADA })
  })

  it('is refused after a log-out, also by a server that was started anew', async () => {
    const { identity, tokens, store, clock, logIn } = await newIdentity()
    const { token, who } = await logIn()
    await identity.logOut(who)
    expect(await identity.verify(token)).toEqual({ refused: 'revoked' })
    const spent = await Spent.load(store, clock.now())
    const next = new Identity({
      ...{ own: { tokens, spent }, foreign: undefined, metrics: new Metrics(), now: clock.now },
    })
    expect(await next.verify(token)).toEqual({ refused: 'revoked' })
  })

  it.each([
    ['a forged header', (token: string) => forge(token, 0), /malformed|key|algorithm/],
    ['forged claims', (token: string) => forge(token, 1), /signature|malformed/],
    ['a forged signature', (token: string) => forge(token, 2), /signature/],
    ['nothing', () => '', /malformed/],
    ['three empty parts', () => '..', /malformed/],
    ['what is far too long', (token: string) => `${token}${'A'.repeat(10_000)}`, /malformed/],
    [
      'no algorithm',
      () => unsigned({ alg: 'none' }, { ...ADA, exp: 9e9, aud: 'session', iss: 'playpipe' }),
      /algorithm/,
    ],
  ])('is refused with %s', async (_what, spoil, reason) => {
    const { identity, logIn } = await newIdentity()
    const { token } = await logIn()
    expect(await identity.verify(spoil(token))).toEqual({ refused: expect.stringMatching(reason) })
  })

  it('is refused with no algorithm and the name of a key of ours', async () => {
    const { identity, keys } = await newIdentity()
    for (const alg of ['none', 'None', 'HS512', 'RS256']) {
      const token = unsigned(
        { alg, kid: keys.current.id },
        { ...ADA, exp: 9e9, aud: 'session', iss: 'playpipe', jti: 'x' },
      )
      expect(await identity.verify(token)).toEqual({ refused: 'algorithm' })
    }
  })

  it('of another server is foreign here', async () => {
    const [here, there] = [await newIdentity(), await newIdentity()]
    expect(await here.identity.verify((await there.logIn()).token)).toEqual({ refused: 'key' })
  })

  it('ends what it has opened: at a log-out, and when its time is over', async () => {
    const { identity, clock, logIn } = await newIdentity()
    const { who } = await logIn()
    const heard: string[] = []
    identity.watch(who, (why) => heard.push(`first ${why}`))
    identity.watch(who, (why) => heard.push(`second ${why}`))
    identity.watch(who, () => heard.push('never'))()
    await identity.logOut(who)
    await identity.logOut(who)
    expect(heard).toEqual(['first logged out', 'second logged out'])
    const { who: next } = await logIn()
    clock.ms = next.expires
    identity.watch(next, (why) => heard.push(why))
    expect(heard.at(-1)).toBe('expired')
  })

  it('ends at once what is opened after a log-out', async () => {
    const { identity, logIn } = await newIdentity()
    const { who } = await logIn()
    const over = identity.logOut(who)
    const heard: string[] = []
    // The disk has not answered yet.
    identity.watch(who, (why) => heard.push(why))
    expect(heard).toEqual(['logged out'])
    await over
    identity.watch(who, (why) => heard.push(why))
    expect(heard).toEqual(['logged out', 'logged out'])
  })

  it('ends what it has opened while time goes by', async () => {
    const { identity, clock } = await newIdentity()
    const ended = new Promise((resolve) => identity.watch({ session: 's', expires: clock.ms + 30 }, resolve))
    clock.pass(1)
    expect(await ended).toBe('expired')
  })
})

describe('a ticket', () => {
  it('opens one room, once', async () => {
    const { identity, logIn, metrics } = await newIdentity()
    const { who } = await logIn()
    const { token } = await identity.ticket(who, 'xo/1', false)
    // Signatures are verified in threads: either may be the first.
    const both = await Promise.all([identity.verify(token), identity.verify(token)])
    const good = { player: ADA, room: 'xo/1', session: who.session, expires: who.expires }
    expect(both).toContainEqual({ refused: 'reused' })
    expect(both).toContainEqual(expect.objectContaining(good))
    expect(await refusals(metrics)).toBe('playpipe_tokens_refused_total{reason="reused"} 1')
  })

  it('used before a restart is used after it', async () => {
    const { identity, store, clock, logIn } = await newIdentity()
    const { token } = await identity.ticket((await logIn()).who, 'xo/1', false)
    const first = await identity.verify(token)
    if ('refused' in first) throw new Error(first.refused)
    expect((await Spent.load(store, clock.now())).has(first.claims.jti!)).toBe(true)
  })

  it('ends within minutes, and with the log-in that it comes from', async () => {
    const { identity, clock, logIn } = await newIdentity()
    const { who } = await logIn()
    const { token } = await identity.ticket(who, 'xo/1', false)
    const other = await identity.ticket(who, 'xo/1', true)
    await identity.logOut(who)
    expect(await identity.verify(token)).toEqual({ refused: 'revoked' })
    clock.pass(61)
    expect(await identity.verify(other.token)).toEqual({ refused: 'expired' })
  })

  it('is no log-in', async () => {
    const { identity, logIn } = await newIdentity()
    const { token } = await identity.ticket((await logIn()).who, 'xo/1', false)
    expect(await identity.identify(token)).toEqual({ refused: 'audience' })
    expect(await identity.verify(token)).toMatchObject({ room: 'xo/1' })
  })
})

describe('a token of others', () => {
  const sign = (claims: JWTPayload, key: Parameters<SignJWT['sign']>[0], alg: string, header: object = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(key)
  const hmac = createSecretKey(Buffer.from(SECRET))
  const secret = { kind: 'secret', secret: SECRET } as const

  it('by a shared secret, from its issuer and for its audience', async () => {
    const { identity } = await newIdentity({ source: secret, issuer: 'them', audience: 'us' })
    const claims = { sub: 'bob', name: 'Bob', iss: 'them', aud: 'us', exp: 2e9, role: 'x' }
    const good = await identity.verify(await sign(claims, hmac, 'HS256'))
    expect(good).toMatchObject({ player: { sub: 'bob', name: 'Bob' }, claims, expires: 2e12 })
    const refused = async (change: JWTPayload, key = hmac) =>
      identity.verify(await sign({ ...claims, ...change }, key, 'HS256'))
    expect(await refused({ iss: 'others' })).toEqual({ refused: 'issuer' })
    expect(await refused({ aud: 'them' })).toEqual({ refused: 'audience' })
    expect(await refused({ aud: undefined })).toEqual({ refused: 'audience' })
    expect(await refused({ exp: 1 })).toEqual({ refused: 'expired' })
    expect(await refused({ nbf: 3e9, exp: 4e9 })).toEqual({ refused: 'early' })
    expect(await refused({ sub: undefined })).toEqual({ refused: 'claims' })
    expect(await refused({ sub: '' })).toEqual({ refused: 'claims' })
    expect(await refused({}, createSecretKey(randomBytes(32)))).toEqual({ refused: 'signature' })
    expect(await identity.verify(unsigned({ alg: 'none' }, claims))).toEqual({ refused: 'algorithm' })
  })

  it('stands beside our own, and can be logged out here', async () => {
    const { identity, logIn } = await newIdentity({ source: secret })
    await logIn()
    const token = await sign({ sub: 'bob' }, hmac, 'HS512')
    const who = await identity.verify(token)
    if ('refused' in who) throw new Error(who.refused)
    expect(who).toMatchObject({ player: { sub: 'bob', name: 'bob' }, expires: Infinity })
    await identity.logOut(who)
    expect(await identity.verify(token)).toEqual({ refused: 'revoked' })
  })

  it('is logged out however its signature is written', async () => {
    const { identity } = await newIdentity({ source: secret })
    const token = await sign({ sub: 'bob' }, hmac, 'HS256')
    const who = await identity.identify(token)
    if ('refused' in who) throw new Error(who.refused)
    const others = [`${token}=`, sameBits(token)]
    for (const other of others) expect(await identity.identify(other)).toMatchObject({ session: who.session })
    await identity.logOut(who)
    for (const other of others) expect(await identity.identify(other)).toEqual({ refused: 'revoked' })
  })

  it('may end within a millisecond, and its log-out is kept', async () => {
    const { identity, store, clock } = await newIdentity({ source: secret })
    const who = await identity.identify(await sign({ sub: 'bob', exp: 2e9 + 0.0001 }, hmac, 'HS256'))
    if ('refused' in who) throw new Error(who.refused)
    await identity.logOut(who)
    expect((await Spent.load(store, clock.now())).has(who.session)).toBe(true)
  })

  it.each([
    ['an RSA key', 'RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['an elliptic key', 'ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['an Edwards key', 'EdDSA', () => generateKeyPairSync('ed25519')],
  ])('by %s in a file, as PEM, JWK and set of JWKs', async (_what, alg, generate) => {
    const { publicKey, privateKey } = generate()
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
    const jwk = publicKey.export({ format: 'jwk' })
    const token = await sign({ sub: 'bob' }, privateKey, alg, { kid: 'k' })
    // The public key taken for a secret: known to everyone.
    const confused = await sign({ sub: 'bob' }, createSecretKey(Buffer.from(pem)), 'HS256', { kid: 'k' })
    for (const text of [pem, JSON.stringify(jwk), JSON.stringify({ keys: [{ ...jwk, kid: 'k' }] })]) {
      const path = join(temporaryFolder(), 'key')
      writeFileSync(path, text)
      const { identity } = await newIdentity({ source: { kind: 'file', path } })
      expect(await identity.verify(token)).toMatchObject({ player: { sub: 'bob' } })
      expect(await identity.verify(forge(token, 2))).toEqual({ refused: 'signature' })
      expect(await identity.verify(confused)).toEqual({ refused: 'algorithm' })
    }
  })

  it('by the keys at an address', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA' }]
    const server = createServer((_request, response) => void response.end(JSON.stringify({ keys })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { identity } = await newIdentity({ source: { kind: 'url', url } })
    expect(await identity.verify(await sign({ sub: 'bob' }, privateKey, 'EdDSA', { kid: 'k' }))).toMatchObject({
      player: { sub: 'bob' },
    })
    expect(await identity.verify(await sign({ sub: 'bob' }, privateKey, 'EdDSA', { kid: 'other' }))).toEqual({
      refused: 'key',
    })
  })

  it('is refused where its keys can not be had', async () => {
    const { identity } = await newIdentity({ source: { kind: 'url', url: 'http://127.0.0.1:1/' } })
    expect(await identity.verify(await sign({ sub: 'bob' }, hmac, 'HS256'))).toEqual({ refused: 'algorithm' })
    const { privateKey } = generateKeyPairSync('ed25519')
    expect(await identity.verify(await sign({ sub: 'bob' }, privateKey, 'EdDSA'))).toEqual({ refused: 'unavailable' })
  })

  it('needs a key that is one', async () => {
    const path = join(temporaryFolder(), 'key')
    const refused = async (text: string, why: string) => {
      writeFileSync(path, text)
      await expect(newIdentity({ source: { kind: 'file', path } })).rejects.toThrow(`--jwtkey ${path}: ${why}`)
    }
    for (const text of ['{"kty":"oct"}', '{"kty":"RSA"}', '{"kty":']) await refused(text, '')
    for (const text of ['', 'no key', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'])
      await refused(text, 'it holds no key: want PEM, a JWK, or a set of JWKs')
  })
})
