import { describe, expect, it } from 'vitest'
import { admit, isTrusted, type Occupancy, type Policy, type Visit } from '../src/edge/admission.ts'
import { pathName } from '../src/names.ts'
import { originRules } from '../src/origins.ts'

const OPEN: Policy = {
  origins: undefined,
  sameOrigin: false,
  lone: true,
  games: new Set(),
  rooms: undefined,
  maxRooms: 0,
  maxConns: 0,
  maxIp: 0,
  oneshot: false,
}

/** A server with these rooms and so many clients in each, all from one address. */
function now(rooms: Record<string, number> = {}, served = false): Occupancy {
  return {
    rooms: Object.keys(rooms).length,
    clients: (room) => rooms[room],
    connections: (ip) => (ip === '192.0.2.1' ? Object.values(rooms).reduce((sum, n) => sum + n, 0) : 0),
    served,
  }
}

/** Who comes from no page. */
const SOMEBODY: Omit<Visit, 'path'> = { ip: '192.0.2.1', origin: undefined, host: 'play.example.org', secure: true }

function visit(path: string, policy: Partial<Policy> = {}, occupancy = now()) {
  return admit({ ...SOMEBODY, path }, { ...OPEN, ...policy }, occupancy)
}

describe('the name of a room', () => {
  it.each([
    ['lobby', 'lobby'],
    ['Lobby', 'Lobby'],
    ['a b', 'a%20b'],
    ['réd', 'r%C3%A9d'],
    ['réd', 'r%c3%a9d'],
    ['🎲', '%F0%9F%8E%B2'],
    ['100%', '100%25'],
    ['a+b', 'a+b'],
    ['a?b#c', 'a%3Fb%23c'],
    ['API', 'API'],
    ['api2', 'api2'],
    ['.', '.'],
  ])('%j is spelt %s', (name, segment) => {
    expect(pathName(segment)).toBe(name)
    expect(visit(`/${segment}`)).toEqual({ kind: 'admit', room: name })
  })

  it.each([
    ['x', 'x'],
    ['é', '%C3%A9'],
    ['🎲', '%F0%9F%8E%B2'],
  ])('has at most 128 characters, such as %s', (character, spelt) => {
    expect(pathName(spelt.repeat(128))).toBe(character.repeat(128))
    expect(pathName(spelt.repeat(129))).toBeUndefined()
  })

  it('ends where a slash follows, and is the same room', () => {
    expect(visit('/lobby/')).toEqual({ kind: 'admit', room: 'lobby' })
  })

  it.each([
    ...'api metrics health static upload robots.txt favicon.ico playpipe.js ws vendor shared'.split(' '),
    '%61pi',
    'a%2Fb',
    'a%2fb',
    '%00',
    'a%0Ab',
    'a%0D',
    '%1F',
    '%7F',
    '%C2%80',
    '%C2%9F',
    '%',
    '%zz',
    '%ff',
    '%C3',
    '%ED%A0%80',
  ])('can not be %s: 400 Invalid room', (segment) => {
    expect(pathName(segment)).toBeUndefined()
    expect(visit(`/${segment}`)).toMatchObject({ kind: 'refuse', status: 400, body: 'Invalid room' })
  })

  it.each(['/', '', '//', '//lobby', '/a/b', '/a/b/', '/a//', '/lobby//'])('is not in %j: 404', (path) => {
    expect(visit(path)).toMatchObject({ kind: 'refuse', status: 404 })
  })
})

describe('with a list of rooms', () => {
  const rooms = new Set(['chess', 'a b'])

  it.each(['/chess', '/chess/', '/a%20b'])('%s is one of them', (path) => {
    expect(visit(path, { rooms })).toMatchObject({ kind: 'admit' })
  })

  it.each(['/go', '/Chess', '/chess2', '/a+b'])('%s is none of them: 400 Invalid room', (path) => {
    expect(visit(path, { rooms })).toMatchObject({ kind: 'refuse', status: 400, body: 'Invalid room' })
  })

  it('an empty list lets nobody in', () => {
    expect(visit('/chess', { rooms: new Set() })).toMatchObject({ kind: 'refuse', status: 400 })
  })

  it('a reserved name stays reserved', () => {
    expect(visit('/api', { rooms: new Set(['api']) })).toMatchObject({ kind: 'refuse', status: 400 })
  })
})

describe('limits', () => {
  const full = (reason: RegExp) => ({ kind: 'turn away', code: 4503, reason: expect.stringMatching(reason) })

  it.each<[string, Partial<Policy>, Record<string, number>, string, object]>([
    ['none: anybody comes in', {}, { a: 1000, b: 1000 }, '/c', { kind: 'admit', room: 'c' }],
    ['a first room', { maxRooms: 1 }, {}, '/a', { kind: 'admit', room: 'a' }],
    ['a room beyond --maxrooms', { maxRooms: 1 }, { a: 1 }, '/b', full(/room/)],
    ['a room that is there already', { maxRooms: 1 }, { a: 1 }, '/a', { kind: 'admit', room: 'a' }],
    ['an empty room that is kept', { maxRooms: 1, maxConns: 1 }, { a: 0 }, '/a', { kind: 'admit', room: 'a' }],
    ['the last seat', { maxConns: 2 }, { a: 1 }, '/a', { kind: 'admit', room: 'a' }],
    ['a client beyond --maxconns', { maxConns: 2 }, { a: 2 }, '/a', full(/full/)],
    ['another room beside a full one', { maxConns: 2 }, { a: 2 }, '/b', { kind: 'admit', room: 'b' }],
    ['the last connection of an address', { maxIp: 3 }, { a: 1, b: 1 }, '/a', { kind: 'admit', room: 'a' }],
    ['a connection beyond --maxip', { maxIp: 3 }, { a: 2, b: 1 }, '/a', { kind: 'turn away', code: 4429 }],
  ])('%s', (_what, policy, rooms, path, verdict) => {
    expect(visit(path, policy, now(rooms))).toMatchObject(verdict)
  })

  it('of one address do not touch another', () => {
    const verdict = admit({ ...SOMEBODY, path: '/a', ip: '192.0.2.2' }, { ...OPEN, maxIp: 1 }, now({ a: 1 }))
    expect(verdict).toEqual({ kind: 'admit', room: 'a' })
  })

  it('come after the name: what can be no room is refused over HTTP however full the server is', () => {
    const policy = { maxRooms: 1, maxConns: 1, maxIp: 1 }
    expect(visit('/api', policy, now({ a: 1 }))).toMatchObject({ kind: 'refuse', status: 400 })
    expect(visit('/a/b', policy, now({ a: 1 }))).toMatchObject({ kind: 'refuse', status: 404 })
  })

  it('are told in a reason that fits a close frame', () => {
    const verdicts = [
      visit('/b', { maxRooms: 1 }, now({ a: 1 })),
      visit('/a', { maxConns: 1 }, now({ a: 1 })),
      visit('/a', { maxIp: 1 }, now({ a: 1 })),
      visit('/a', { oneshot: true }, now({}, true)),
    ]
    for (const verdict of verdicts) {
      expect(verdict.kind).toBe('turn away')
      if (verdict.kind === 'turn away') expect(Buffer.byteLength(verdict.reason)).toBeLessThan(124)
    }
  })
})

describe('--oneshot', () => {
  it('admits one client', () => {
    expect(visit('/a', { oneshot: true, maxRooms: 1 })).toEqual({ kind: 'admit', room: 'a' })
  })

  it.each([
    ['while the first is there', { a: 1 }],
    ['after the first has left', {}],
  ])('turns a second away, into the same room as well, %s', (_when, rooms) => {
    for (const path of ['/a', '/b'])
      expect(visit(path, { oneshot: true, maxRooms: 1 }, now(rooms, true))).toMatchObject({
        kind: 'turn away',
        code: 4503,
      })
  })
})

describe('the page that a visitor comes from', () => {
  const HOME = 'https://play.example.org'
  const PARTNER = 'https://partner.example'
  const EVIL = 'https://evil.example'
  const NO = { kind: 'refuse', status: 403, reason: 'origin' }
  const YES = { kind: 'admit', room: 'a' }
  const origins = originRules(PARTNER)

  it.each<[string, Partial<Policy>, string | undefined, object]>([
    ['any page, without a rule', {}, EVIL, YES],
    ['a page that is listed', { origins }, PARTNER, YES],
    ['a page that is not listed', { origins }, EVIL, NO],
    ['a page of this host that is not listed', { origins }, HOME, NO],
    ['a page of this host', { sameOrigin: true }, HOME, YES],
    ['a page of another host', { sameOrigin: true }, PARTNER, NO],
    ['a page of this host beside a list', { sameOrigin: true, origins }, HOME, YES],
    ['a listed page beside this host', { sameOrigin: true, origins }, PARTNER, YES],
    ['neither', { sameOrigin: true, origins }, EVIL, NO],
    ['a page without an origin of its own', { sameOrigin: true, origins }, 'null', NO],
    ['an empty header', { sameOrigin: true, origins }, '', NO],
    ['what is no browser', { sameOrigin: true, origins }, undefined, YES],
  ])('%s', (_what, policy, origin, verdict) => {
    expect(admit({ ...SOMEBODY, path: '/a', origin }, { ...OPEN, ...policy }, now())).toMatchObject(verdict)
  })

  it.each<[string, string | undefined, string | undefined, boolean]>([
    ['of this host', undefined, HOME, true],
    ['of this host beside a list', PARTNER, HOME, true],
    ['that is listed', PARTNER, PARTNER, true],
    ['below a name that is listed', 'https://*.partner.example', 'https://a.partner.example', true],
    ['that is not listed', PARTNER, EVIL, false],
    ['of any host, where there is no list', undefined, EVIL, false],
    ['of any host, where all may connect', '*', EVIL, false],
    ['that is listed beside all others', `*,${PARTNER}`, PARTNER, true],
    ['that hides where it comes from, where such may connect', 'null', 'null', false],
    ['that hides where it comes from, where all may connect', '*', 'null', false],
    ['that is none', PARTNER, undefined, false],
  ])('one %s: whether its visitors’ cookies count', (_what, list, origin, trusted) => {
    const policy = { ...OPEN, origins: list === undefined ? undefined : originRules(list) }
    expect(isTrusted({ ...SOMEBODY, path: '/a', origin }, policy)).toBe(trusted)
  })

  it('is looked at first: a foreign page learns nothing of rooms', () => {
    const policy = { ...OPEN, origins, maxRooms: 1 }
    for (const path of ['/a', '/b', '/api', '/a/b'])
      expect(admit({ ...SOMEBODY, path, origin: EVIL }, policy, now({ a: 1 }))).toMatchObject(NO)
  })
})
