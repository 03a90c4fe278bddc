import { describe, expect, test } from 'vitest'
import { CHILD, connect, eventually, processes, type TestClient, TRANSPORTS } from '../helpers.ts'
import { markedCat, newMark, serving, sharedServer } from './serving.ts'

/** Answers each line with the number of its process in front. */
const PID = ['sh', '--', '-c', 'while read -r line; do echo "$$ $line"; done']
const PUPPET = ['node', CHILD, 'puppet']

const pidOf = async (client: TestClient, message = 'who'): Promise<number> => {
  client.send(message)
  return Number(/^(\d+) /.exec(String(await client.next()))![1])
}
const print = (client: TestClient, ...frames: (string | object)[]) =>
  client.send({
    print: frames.map((frame) => `${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n`).join(''),
  })
const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process
  }
}
const get = async (server: { url: string }, path: string) => (await fetch(server.url + path)).json()

/** The samples of an OpenMetrics text by name and labels. */
async function metricsOf(server: { url: string }): Promise<Map<string, number>> {
  const answer = await fetch(`${server.url}/metrics`)
  expect(answer.headers.get('content-type')).toContain('openmetrics-text')
  const text = await answer.text()
  expect(text.trimEnd().endsWith('# EOF')).toBe(true)
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => {
      const [, name, value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line)!
      return [name!, Number(value)]
    }),
  )
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  const on = ['--transport', transport]

  describe('a room', () => {
    const server = sharedServer([...on, ...PID])

    test('is one process for all its clients, and another room another process', async () => {
      const [a, b, other] = [
        await connect(server(), '/one'),
        await connect(server(), '/one'),
        await connect(server(), '/two'),
      ]
      const pid = await pidOf(a, 'from a')
      expect(await b.next()).toBe(`${pid} from a`)
      b.send('from b')
      expect([await a.next(), await b.next()]).toEqual([`${pid} from b`, `${pid} from b`])
      expect(await pidOf(other)).not.toBe(pid)
      expect([...a.waiting(), ...b.waiting()]).toEqual([])
    })

    test('is the same with a slash behind its name, and with any query', async () => {
      const a = await connect(server(), '/slash/')
      const b = await connect(server(), '/slash?name=b')
      expect(await pidOf(a)).toBeGreaterThan(0)
      expect(String(await b.next())).toContain('who')
    })

    test('ends when its last client leaves, and not before', async () => {
      const [a, b] = [await connect(server(), '/last'), await connect(server(), '/last')]
      const pid = await pidOf(a)
      await a.close()
      await b.next()
      expect(await pidOf(b)).toBe(pid)
      await b.close()
      await eventually('the process ends', () => !exists(pid))
    })

    test('is left by a connection that breaks without a close frame', async () => {
      const a = await connect(server(), '/broken')
      const pid = await pidOf(a)
      a.cut()
      await eventually('the process ends', () => !exists(pid))
    })

    test.each([
      ['percent-encoded', '/caf%C3%A9%20%E2%98%95', '/caf\u00e9%20\u2615'],
      ['spelt with needless escapes', '/%70lain', '/plain'],
      ['of 128 characters', `/${'n'.repeat(128)}`, `/${'n'.repeat(128)}/`],
    ])('has the same name however it is written: %s', async (_what, one, same) => {
      const a = await connect(server(), one)
      const b = await connect(server(), encodeURI(decodeURI(same)))
      const pid = await pidOf(a)
      expect(await b.next()).toBe(`${pid} who`)
    })
  })

  test('gives the child the name of its room decoded', async () => {
    const server = await serving([...on, '--passenv=', 'printenv', 'ROOM'])
    expect(await (await connect(server, '/caf%C3%A9%20%E2%98%95')).next()).toBe('caf\u00e9 \u2615')
  })

  test('numbers clients over the life of the server, those that are refused left out', async () => {
    const server = await serving([...on, '--maxrooms', '2', '--joinmsg', 'join #ID', 'cat'])
    const a = await connect(server, '/a')
    expect(await a.next()).toBe('join 1')
    const b = await connect(server, '/b')
    expect(await b.next()).toBe('join 2')
    expect(await (await connect(server, '/c')).closed).toMatchObject({ code: 4503 })
    await expect(connect(server, '/api')).rejects.toThrow('400')
    const again = await connect(server, '/a')
    expect([await a.next(), await again.next()]).toEqual(['join 3', 'join 3'])
  })

  test('a newcomer gets a new child at once, and neither output nor exit of the old one reaches it', async () => {
    // The end of its input makes this child talkative, and SIGTERM does not end it.
    const deathbed =
      'trap "" TERM; echo "$$ up"; while read -r l; do echo "$$ $l"; done; echo "$$ late"; exec sleep 600'
    const server = await serving([...on, '--cache', '10', '--cachepersist', 'sh', '--', '-c', deathbed])
    const a = await connect(server, '/r')
    const old = Number.parseInt(String(await a.next()), 10)
    await a.close()
    const b = await connect(server, '/r')
    expect(await b.next()).toBe(`${old} up`) // the history of a's time
    const pid = Number.parseInt(String(await b.next()), 10)
    expect(pid).not.toBe(old)
    expect(exists(old)).toBe(true)
    await eventually('the old child is gone', () => !exists(old))
    b.send('still here')
    expect(await b.next()).toBe(`${pid} still here`)
    const c = await connect(server, '/r')
    expect([await c.next(), await c.next(), await c.next()]).toEqual([`${old} up`, `${pid} up`, `${pid} still here`])
  })

  test('--linger keeps an empty room for who returns in time', async () => {
    const server = await serving([...on, '--linger', '600', '--cache', '10', ...PID])
    const a = await connect(server, '/r')
    const pid = await pidOf(a, 'before')
    await a.close()
    const b = await connect(server, '/r')
    expect(await b.next()).toBe(`${pid} before`)
    expect(await pidOf(b)).toBe(pid)
  })

  test('--linger ends an empty room in the end, and spares one that is not empty any more', async () => {
    const server = await serving([...on, '--linger', '0.3', ...PID])
    const [a, b] = [await connect(server, '/returned'), await connect(server, '/empty')]
    const [returned, empty] = [await pidOf(a), await pidOf(b)]
    await a.close()
    const again = await connect(server, '/returned')
    await b.close() // its time ends after the other one's would have
    await eventually('the empty room ends', () => !exists(empty))
    expect(await pidOf(again)).toBe(returned)
  })

  test('--rooms lists the only rooms there are', async () => {
    const server = await serving([...on, '--rooms', 'a,caf\u00e9', 'cat'])
    for (const path of ['/a', '/a/', '/caf%C3%A9']) {
      const client = await connect(server, path)
      client.send('hi')
      expect(await client.next()).toBe('hi')
    }
    for (const path of ['/c', '/a%20', '/A', '/api']) {
      await expect(connect(server, path)).rejects.toThrow('400 Invalid room')
    }
    await expect(connect(server, '/a/b')).rejects.toThrow('404')
  })

  test.each(['--maxrooms', '--maxforks'])(
    '%s refuses a further room with 4503 and starts nothing for it',
    async (flag) => {
      const mark = newMark()
      const server = await serving([...on, flag, '1', ...markedCat(mark)])
      const a = await connect(server, '/r')
      const refused = await connect(server, '/s')
      expect(await refused.closed).toMatchObject({ code: 4503, reason: expect.stringMatching(/room/) })
      expect(processes(mark).filter((pid) => pid !== server.pid)).toHaveLength(1)
      const b = await connect(server, '/r')
      b.send('the open room takes more')
      expect(await a.next()).toBe('the open room takes more')
      await Promise.all([a.close(), b.close()])
      const later = await connect(server, '/s')
      later.send('its place is free')
      expect(await later.next()).toBe('its place is free')
    },
  )

  test('a room in farewell counts for no limit', async () => {
    const server = await serving([...on, '--maxrooms', '1', 'node', CHILD, 'stubborn'])
    for (const path of ['/r', '/r', '/s']) {
      const client = await connect(server, path)
      expect(await client.next()).toBe('ready')
      await client.close()
    }
  })

  describe('--oneshot', () => {
    test('serves one client, refuses a second, and ends with status 0 when the first leaves', async () => {
      const server = await serving([...on, '--oneshot', 'cat'])
      const a = await connect(server, '/r')
      expect(await (await connect(server, '/r')).closed).toMatchObject({ code: 4503 })
      expect(await (await connect(server, '/s')).closed).toMatchObject({ code: 4503 })
      a.send('alone')
      expect(await a.next()).toBe('alone')
      await a.close()
      expect(await server.exited).toBe(0)
    })

    test('answers the close of the one client', async () => {
      const server = await serving([...on, '--oneshot', 'cat'])
      const a = await connect(server, '/r')
      a.ws.close(1000)
      expect(await a.closed).toMatchObject({ code: 1000 })
      expect(await server.exited).toBe(0)
    })

    test('ends with status 0 when the child exits, after its last words', async () => {
      const server = await serving([...on, '--oneshot', 'node', CHILD, 'crash', '3'])
      const a = await connect(server, '/r')
      a.send('go')
      expect(await a.next()).toBe('last words')
      expect(await a.closed).toMatchObject({ code: 1011 })
      expect(await server.exited).toBe(0)
    })

    test('is not used up by a handshake that is refused', async () => {
      const server = await serving([...on, '--oneshot', 'cat'])
      await expect(connect(server, '/api')).rejects.toThrow('400')
      await server.logged(/refused with 400: Invalid room: "\/api"/)
      const a = await connect(server, '/r')
      a.send('first')
      expect(await a.next()).toBe('first')
    })
  })

  describe('history', () => {
    test('--cache N replays the last N frames, in order, before live ones', async () => {
      const server = await serving([...on, '--cache', '3', 'cat'])
      const a = await connect(server, '/r')
      for (const frame of ['1', '2', '3', '4', '5']) a.send(frame)
      await a.until((frame) => frame === '5')
      const b = await connect(server, '/r')
      a.send('live')
      expect([await b.next(), await b.next(), await b.next(), await b.next()]).toEqual(['3', '4', '5', 'live'])
    })

    test('joins live frames without a gap or a double while the child prints', async () => {
      const server = await serving([...on, '--cache', 'all:65536', 'node', CHILD, 'burst', '20000'])
      const a = await connect(server, '/r')
      a.send('go')
      const newcomers = [await connect(server, '/r'), await connect(server, '/r'), await connect(server, '/r')]
      const expected = Array.from({ length: 20_000 }, (_, n) => `{"n":${n + 1}}`)
      for (const client of [a, ...newcomers]) {
        expect(await client.until((frame) => frame === expected.at(-1))).toEqual(expected)
      }
    })

    test('is shown before the child hears of the newcomer', async () => {
      const server = await serving([...on, '--cache', '10', '--joinmsg', 'join #ID', 'cat'])
      await (await connect(server, '/r')).next()
      const b = await connect(server, '/r')
      expect([await b.next(), await b.next()]).toEqual(['join 1', 'join 2'])
    })

    test('--cache tagged:N replays what carries "_cache":true', async () => {
      const server = await serving([...on, '--cache=tagged:1', '--frame=json', 'cat'])
      const a = await connect(server, '/r')
      for (const n of [1, 2]) a.send({ _cache: true, n })
      a.send({ _cache: 1, n: 3 })
      a.send({ n: 4 })
      await a.until((frame) => JSON.parse(frame).n === 4)
      const b = await connect(server, '/r')
      a.send({ n: 5 })
      expect([(await b.json()).n, (await b.json()).n]).toEqual([2, 5])
    })

    test('never shows a private frame to somebody else, nor one to whom it excepts', async () => {
      const server = await serving([...on, '--cache', 'all:9', '--frame=json', '--linger', '600', ...PUPPET])
      const a = await connect(server, '/r')
      print(a, { _to: 1, n: 1 }, { _to: 2, n: 2 }, { _except: 2, n: 3 }, { _except: [1], n: 4 }, { n: 5 })
      expect([(await a.json()).n, (await a.json()).n, (await a.json()).n]).toEqual([1, 3, 5])
      const b = await connect(server, '/r')
      const c = await connect(server, '/r')
      print(a, { n: 'live' })
      const seen = async (client: TestClient) =>
        (await client.until((frame) => frame.includes('live'))).map((frame) => JSON.parse(frame).n)
      expect([await seen(b), await seen(c)]).toEqual([
        [2, 4, 5, 'live'],
        [3, 4, 5, 'live'],
      ])
    })

    test('ends with its room, unless --cachepersist keeps it', async () => {
      for (const [flags, first] of [
        [[], 'new'],
        [['--cachepersist'], 'old'],
      ] as const) {
        const server = await serving([...on, '--cache', '5', ...flags, 'cat'])
        const a = await connect(server, '/r')
        a.send('old')
        await a.next()
        await a.close()
        const elsewhere = await connect(server, '/s')
        const b = await connect(server, '/r')
        b.send('new')
        elsewhere.send('nothing came here')
        expect([await b.next(), await elsewhere.next()]).toEqual([first, 'nothing came here'])
      }
    })

    test('holds no more bytes than --maxcache', async () => {
      const server = await serving([...on, '--cache', '100', '--maxcache', '1k', 'cat'])
      const a = await connect(server, '/r')
      for (let n = 0; n < 8; n++) a.send(`${n}${'x'.repeat(299)}`)
      await a.until((frame) => frame.startsWith('7'))
      const b = await connect(server, '/r')
      a.send('live')
      expect((await b.until((frame) => frame === 'live')).map((frame) => frame[0])).toEqual(['5', '6', '7', 'l'])
    })
  })

  describe('join and leave messages', () => {
    test('tell of each client, with --json by default', async () => {
      const server = await serving([...on, '--json', 'cat'])
      const a = await connect(server, '/r')
      expect(await a.next()).toBe('{"t":"Join","_from":1}')
      const b = await connect(server, '/r')
      expect([await a.next(), await b.next()]).toEqual(Array(2).fill('{"t":"Join","_from":2}'))
      await b.close()
      expect(await a.next()).toBe('{"t":"Leave","_from":2}')
    })

    test('reach the child for the last client too, before the end of its input', async () => {
      const tail = 'while read -r line; do echo "heard $line" >&2; done; echo "no more" >&2'
      const server = await serving([...on, '--joinmsg', 'in #ID', '--leavemsg', 'out #ID', 'sh', '--', '-c', tail])
      await (await connect(server, '/r')).close()
      await server.logged(/no more/)
      expect(server.log().match(/heard .*|no more/g)).toEqual(['heard in 1', 'heard out 1', 'no more'])
    })
  })

  test('--api tells of rooms, their clients and their metadata', async () => {
    const server = await serving([...on, '--api', '--frame=json', ...PUPPET])
    expect(await get(server, '/api/rooms/')).toEqual([])
    const a = await connect(server, '/caf%C3%A9')
    await connect(server, '/caf%C3%A9')
    print(a, { _meta: true, k: 1, deep: { _x: [1] } }, { n: 1 })
    expect(await a.json()).toEqual({ n: 1 }) // the line before it was not sent
    const report = { name: 'caf\u00e9', connections: 2, metadata: { k: 1, deep: { _x: [1] } } }
    expect(await get(server, '/api/rooms/')).toEqual([report])
    expect(await get(server, '/api/caf%C3%A9/')).toEqual(report)
    expect(await get(server, '/api/caf%C3%A9/connections')).toBe(2)
    expect(await get(server, '/api/caf%C3%A9/metadata')).toEqual(report.metadata)
    expect(await get(server, '/api/none/')).toEqual({ name: 'none', connections: 0, metadata: null })
    expect(await get(server, '/api/none/metadata')).toBe(null)
    expect((await fetch(`${server.url}/api/none/nonsense`)).status).toBe(200) // as ScaleSocket does
    print(a, { _end: true })
    await a.closed
    expect(await get(server, '/api/rooms/')).toEqual([])
    expect(await get(server, '/api/caf%C3%A9/metadata')).toBe(null)
  })

  test('/metrics counts, and forgets the series of a room that has ended', async () => {
    const server = await serving([...on, '--metrics', '--frame=json', '--maxrooms', '1', ...PUPPET])
    const a = await connect(server, '/r')
    const b = await connect(server, '/r')
    const c = await connect(server, '/r')
    await (await connect(server, '/refused')).closed
    await expect(connect(server, '/api')).rejects.toThrow('400')
    print(a, '{"n":1}')
    print(a, '{"_to":2,"n":2}', '{"_kick":3}', '{"_to":true}')
    expect(await c.next()).toBe('{"n":1}')
    await c.closed
    await b.until((frame) => frame.includes('"n":2'))
    const during = await metricsOf(server)
    const messages = [{ print: '{"n":1}\n' }, { print: '{"_to":2,"n":2}\n{"_kick":3}\n{"_to":true}\n' }].map(
      (message) => JSON.stringify(message).length,
    )
    expect(Object.fromEntries([...during].filter(([name]) => /^playpipe_(?!process|nodejs)/.test(name)))).toMatchObject(
      {
        playpipe_messages_received_total: 2,
        playpipe_received_bytes_total: messages[0]! + messages[1]!,
        playpipe_messages_sent_total: 4,
        playpipe_sent_bytes_total: 3 * 7 + 15,
        playpipe_frames_total: 4,
        playpipe_kicks_total: 1,
        playpipe_control_lines_ignored_total: 1,
        'playpipe_refusals_total{reason="4503"}': 1,
        'playpipe_refusals_total{reason="room"}': 1,
        'playpipe_websocket_connections_total{room="r"}': 3,
        'playpipe_websocket_connections_open{room="r"}': 2,
        playpipe_rooms: 1,
        playpipe_clients: 2,
      },
    )
    expect([...during.keys()].some((name) => name.includes('eventloop_lag'))).toBe(true)
    await Promise.all([a.close(), b.close()])
    const after = await eventually('the child has ended', async () => {
      const now = await metricsOf(server)
      return now.has('playpipe_child_exits_total{status="0"}') && now
    })
    expect([...after.keys()].filter((name) => name.includes('room="'))).toEqual([])
    expect([after.get('playpipe_rooms'), after.get('playpipe_clients')]).toEqual([0, 0])
    expect(after.get('playpipe_messages_sent_total')).toBe(4)
  })
})

describe('templates of join and leave messages', () => {
  test('fill in what they name, the absent as nothing', async () => {
    const template = '#ID|#ROOM|#REMOTE_ADDR|#QUERY_STRING|#QUERY_NAME|#PARAM_NAME|#QUERY_X|#CLAIM_sub|#BOT|#NO'
    const server = await serving(['--joinmsg', template, 'cat'])
    const client = await connect(server, '/caf%C3%A9?name=a%20b&Other=1')
    expect(String(await client.next()).replace(/127\.0\.0\.1:\d+/, 'ADDR')).toBe(
      '1|caf\u00e9|ADDR|name=a%20b&Other=1|a%20b|a b|||false|#NO',
    )
  })

  test.each([
    ['inside a JSON string', '{"n":"#PARAM_N"}', { n: '","_to":1,"x":"\\\n#ID' }],
    ['bare in JSON', '{"n":#PARAM_N}', { n: '","_to":1,"x":"\\\n#ID' }],
    ['bare, and JSON of its own', '{"n":#PARAM_M}', { n: '{"_to":1}' }],
    ['bare, and a number', '{"n":#PARAM_K}', { n: -1.5 }],
    ['bare, and absent', '{"n":#PARAM_ABSENT}', { n: '' }],
  ])('cannot be broken out of: %s', async (_where, template, parsed) => {
    const server = await serving(['--joinmsg', template, 'node', CHILD, 'show'])
    const hostile = encodeURIComponent('","_to":1,"x":"\\\n#ID')
    const client = await connect(server, `/r?n=${hostile}&m=%7B%22_to%22:1%7D&k=-1.5`)
    client.send('next line')
    expect(JSON.parse(String(await client.json()))).toEqual(parsed)
    expect(await client.json()).toBe('next line')
  })

  test('in plain text, spread over no second line', async () => {
    const server = await serving(['--joinmsg', 'hello #PARAM_N!', 'node', CHILD, 'show'])
    const client = await connect(server, '/r?n=a%0Ab%0D%00c')
    client.send('next line')
    expect([await client.json(), await client.json()]).toEqual(['hello a b  c!', 'next line'])
  })
})
