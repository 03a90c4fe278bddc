import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHILD, connect, type TestClient, type TestServer, TRANSPORTS } from '../helpers.ts'
import { serving, sharedServer, temporaryFolder } from './serving.ts'

const PUPPET = ['node', CHILD, 'puppet']
const SHOW = ['node', CHILD, 'show']

/** Has the puppet print lines, all in one write. */
const print = (client: TestClient, ...lines: (string | object)[]) =>
  client.send({ print: lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('') })

let sentinels = 0
/** All that the log holds of what has happened so far: what is logged later comes later. */
async function logSoFar(server: TestServer): Promise<string[]> {
  const room = `sentinel-${++sentinels}`
  await (await connect(server, `/${room}`)).close()
  await server.logged(new RegExp(`${room}: client \\d+ joined`))
  return server.log().split('\n')
}

/** What comes before the sentinel, which everyone gets, parsed. */
async function before(sentinel: string, client: TestClient): Promise<unknown[]> {
  const frames = await client.until((frame) => frame.includes(sentinel))
  return frames.slice(0, -1).map((frame) => JSON.parse(frame))
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  const on = ['--transport', transport]

  describe('JSON framing', () => {
    const server = sharedServer([...on, '--frame=json', ...PUPPET])
    let room = 0
    /** Three clients of a new room, and their numbers. */
    const three = async (): Promise<{ clients: TestClient[]; ids: number[] }> => {
      const path = `/${++room}`
      const clients: TestClient[] = []
      for (let n = 0; n < 3; n++) clients.push(await connect(server(), path))
      const ids: number[] = []
      for (const client of clients) {
        client.send({ who: 1 })
        for (const each of clients) {
          const { heard } = await each.json()
          if (each === client) ids.push(JSON.parse(String(heard))._from)
        }
      }
      return { clients, ids }
    }
    const heard = async (clients: TestClient[], ...lines: (string | object)[]): Promise<unknown[][]> => {
      print(clients[0]!, ...lines, { sentinel: 1 })
      return Promise.all(clients.map((client) => before('sentinel', client)))
    }

    test('numbers and lists address those alone, and the envelope arrives with the frame', async () => {
      const { clients, ids } = await three()
      const [one, two, three_] = ids
      expect(
        await heard(
          clients,
          { _to: two, n: 1 },
          { _to: [one, three_, one], n: 2 },
          { _to: null, n: 3 },
          { _to: [], n: 4 },
          { _to: 0, n: 5 },
          { _to: [two, 999_999], n: 6 },
        ),
      ).toEqual([
        [
          { _to: [one, three_, one], n: 2 },
          { _to: null, n: 3 },
        ],
        [
          { _to: two, n: 1 },
          { _to: null, n: 3 },
          { _to: [two, 999_999], n: 6 },
        ],
        [
          { _to: [one, three_, one], n: 2 },
          { _to: null, n: 3 },
        ],
      ])
    })

    test('what is no address reaches nobody, and is warned of once', async () => {
      const { clients } = await three()
      const bad = [true, 1.5, {}, -1, 'nobody', 2 ** 32, [true], [[1]], [null]].map((_to) => ({ _to }))
      expect(await heard(clients, ...bad)).toEqual([[], [], []])
      expect(await heard(clients, ...bad)).toEqual([[], [], []])
      const warnings = (await logSoFar(server())).filter(
        (line) => line.includes(` ${room}: `) && line.includes('no address'),
      )
      expect(warnings).toEqual([expect.stringContaining('_to true')])
    })

    test('_except leaves out whom it names, of all or of those addressed', async () => {
      const { clients, ids } = await three()
      const [one, two, three_] = ids
      const frames = [
        { _except: two, n: 1 },
        { _to: [one, two], _except: [two, three_], n: 2 },
        { _except: [], n: 3 },
        { _except: ids, n: 4 },
      ]
      expect(await heard(clients, ...frames)).toEqual([
        [frames[0], frames[1], frames[2]],
        [frames[2]],
        [frames[0], frames[2]],
      ])
    })

    test('an _except that makes no sense hides the frame rather than showing it to whom it was hidden from', async () => {
      const { clients } = await three()
      expect(await heard(clients, { _except: true, n: 1 }, { _except: [1.5], n: 2 })).toEqual([[], [], []])
    })

    test('an escaped spelling of a routing key routes as well', async () => {
      const { clients, ids } = await three()
      expect(await heard(clients, `{"\\u005fto":${ids[1]},"n":1}`)).toEqual([[], [{ _to: ids[1], n: 1 }], []])
    })

    test('keys inside of objects and text route nothing, and frames arrive byte for byte', async () => {
      const { clients, ids } = await three()
      const lines = [
        `{"a":{"_to":${ids[0]}},"b":["_kick"]}`,
        `{ "big" : 12345678901234567890.50,\t"text":"\\u00e9 \u00e9 \\"_to\\": 2" }`,
        '[{"_to":1}]',
        '"_to"',
      ]
      print(clients[0]!, ...lines, { sentinel: 1 })
      for (const client of clients) {
        expect((await client.until((frame) => frame.includes('sentinel'))).slice(0, -1)).toEqual(lines)
      }
    })

    test('a line that is not JSON goes to everyone as it is, and the log says so once', async () => {
      const { clients } = await three()
      const lines = ['not JSON', '', '{"n":1', 'x "_to": 1']
      print(clients[0]!, ...lines, { sentinel: 1 })
      for (const client of clients) {
        expect((await client.until((frame) => frame.includes('sentinel'))).slice(0, -1)).toEqual(lines)
      }
      const reports = (await logSoFar(server())).filter(
        (line) => line.includes(` ${room}: `) && /not a? ?JSON/.test(line),
      )
      expect(reports).toHaveLength(1)
    })

    test('_kick closes after what was owed, gives up the seat, and is not sent', async () => {
      const { clients, ids } = await three()
      const [a, b, c] = clients
      print(a!, { n: 1 }, { _to: ids[1], n: 2 }, { _kick: ids[1] }, { _to: ids[1], n: 3 }, { n: 4 })
      expect([await b!.json(), await b!.json()]).toEqual([{ n: 1 }, { _to: ids[1], n: 2 }])
      expect(await b!.closed).toEqual({ code: 4000, reason: '' })
      expect(b!.waiting()).toEqual([])
      for (const client of [a!, c!]) expect([await client.json(), await client.json()]).toEqual([{ n: 1 }, { n: 4 }])
      print(a!, { _kick: [ids[2], 999_999], code: 4042, reason: 'l\u00e4nger als erlaubt' }, { n: 5 })
      expect(await c!.closed).toEqual({ code: 4042, reason: 'l\u00e4nger als erlaubt' })
      expect(await a!.json()).toEqual({ n: 5 })
    })

    test('a code of _kick out of its range becomes 4000, and a long reason is cut at a whole character', async () => {
      const { clients, ids } = await three()
      print(clients[0]!, { _kick: ids[1], code: 1011 }, { _kick: ids[2], code: 4099, reason: '\u00e9'.repeat(100) })
      expect(await clients[1]!.closed).toMatchObject({ code: 4000 })
      expect(await clients[2]!.closed).toEqual({ code: 4099, reason: '\u00e9'.repeat(61) })
      expect(await heard([clients[0]!], { n: 1 })).toEqual([[{ n: 1 }]])
    })

    test('a kick that names nobody, or makes no sense, closes nobody', async () => {
      const { clients } = await three()
      for (const _kick of [null, true, 999_999, [], {}, 'nobody']) print(clients[0]!, { _kick })
      expect(await heard(clients, { n: 1 })).toEqual([[{ n: 1 }], [{ n: 1 }], [{ n: 1 }]])
    })

    test('_end closes everyone with 1000 after what was owed, and the next visitor begins anew', async () => {
      const { clients } = await three()
      print(clients[0]!, { n: 1 }, { _end: true, reason: 'checkmate' }, { n: 2 })
      for (const client of clients) {
        expect(await client.json()).toEqual({ n: 1 })
        expect(await client.closed).toEqual({ code: 1000, reason: 'checkmate' })
        expect(client.waiting()).toEqual([])
      }
      const next = await connect(server(), `/${room}`)
      expect(await heard([next], { fresh: 1 })).toEqual([[{ fresh: 1 }]])
    })

    test('keys stand alone: a bad one does not undo the others', async () => {
      const { clients, ids } = await three()
      print(clients[0]!, { _kick: ids[1], code: 'x', _meta: 'no' }, { n: 1 })
      expect(await clients[1]!.closed).toMatchObject({ code: 4000 })
      expect(await clients[2]!.json()).toEqual({ n: 1 })
    })
  })

  test('the Leave line of a kicked client arrives at the child, once', async () => {
    const server = await serving([...on, '--json', ...PUPPET])
    const a = await connect(server, '/r')
    expect(await a.json()).toEqual({ heard: '{"t":"Join","_from":1}' })
    const b = await connect(server, '/r')
    expect(await a.json()).toEqual({ heard: '{"t":"Join","_from":2}' })
    print(a, { _kick: 2, reason: 'out' })
    expect(await b.closed).toEqual({ code: 4000, reason: 'out' })
    expect(await a.json()).toEqual({ heard: '{"t":"Leave","_from":2}' })
    a.send({ last: 1 })
    expect(await a.json()).toEqual({ heard: '{"_from":1,"last":1}' })
  })

  test('what a client forges is taken out before a program that echoes sees it', async () => {
    const server = await serving([...on, '--json', 'cat'])
    const a = await connect(server, '/r')
    await a.next()
    const b = await connect(server, '/r')
    await b.next()
    await a.next()
    a.send(
      '{"_from":9,"_end":true,"\\u005fkick":2,"_meta":true,"_sys":true,"_group":"x","_":1,"big":12345678901234567890,"n":1}',
    )
    for (const client of [a, b]) expect(await client.next()).toBe('{"_from":1,"big":12345678901234567890,"n":1}')
    a.send('{"_to":2,"_end":true,"n":2}')
    expect(await b.next()).toBe('{"_from":1,"_to":2,"n":2}')
    a.send('{ }')
    expect([await a.next(), await b.next()].map((frame) => JSON.parse(String(frame)))).toEqual([
      { _from: 1 },
      { _from: 1 },
    ])
  })

  test('the opcode of frames is text, and binary under --binary', async () => {
    const text = await connect(await serving([...on, 'cat']), '/r')
    text.send('caf\u00e9')
    expect(await text.next()).toBe('caf\u00e9')
    text.send(Buffer.from('as text'))
    expect(await text.next()).toBe('as text')
    const binary = await connect(await serving([...on, '--binary', '--joinmsg', 'J', '--leavemsg', 'L', 'cat']), '/r')
    expect(await binary.next()).toEqual(Buffer.from('J'))
    const bytes = Buffer.from([0, 1, 0xff, 0xfe, 10, 13, 0x80])
    binary.send(bytes)
    expect(await binary.next()).toEqual(bytes)
    binary.send('as bytes')
    expect(await binary.next()).toEqual(Buffer.from('as bytes'))
  })

  test.each(['big', 'little'])(
    'gwsocket framing goes both ways, frames of the child in %s-endian order',
    async (order) => {
      const server = await serving([
        ...on,
        '--frame=gwsocket',
        'node',
        '--',
        CHILD,
        'gwsocket',
        order,
        order === 'little' ? '\n' : '',
      ])
      const a = await connect(server, '/r')
      const address = `127.0.0.1${'\0'.repeat(46 - 9)}`
      expect(await a.json()).toEqual({ id: 1, type: 0x10, text: address })
      const b = await connect(server, '/r')
      expect(await a.json()).toEqual({ id: 2, type: 0x10, text: address })
      await b.next()
      a.send('hello\nthere')
      expect(await b.json()).toEqual({ id: 1, type: 1, text: 'hello\nthere' })
      a.send(Buffer.from('@2 private'))
      expect(await b.next()).toEqual(Buffer.from('private'))
      a.send('@2 text')
      expect(await b.next()).toBe('text')
      await b.close()
      await a.next()
      expect(await a.json()).toEqual({ id: 2, type: 8, text: '' })
    },
  )
})

describe('one direction alone', () => {
  test('--clientframe=json stamps what clients send and routes nothing', async () => {
    const server = await serving(['--clientframe=json', 'cat'])
    const [a, b] = [await connect(server, '/r'), await connect(server, '/r')]
    a.send({ _to: 2, n: 1 })
    expect([await a.next(), await b.next()]).toEqual(Array(2).fill('{"_from":1,"_to":2,"n":1}'))
    b.send('no JSON')
    expect(await b.closed).toMatchObject({ code: 1008 })
    expect(await (await connect(server, '/other')).ws.readyState).toBe(1)
  })

  test('--serverframe=json routes what the child prints and passes what clients send as lines', async () => {
    const server = await serving(['--serverframe=json', 'cat'])
    const [a, b] = [await connect(server, '/r'), await connect(server, '/r')]
    a.send('{"_to":2,"n":1}')
    a.send('no JSON')
    expect(await b.next()).toBe('{"_to":2,"n":1}')
    expect([await a.next(), await b.next()]).toEqual(['no JSON', 'no JSON'])
  })

  test('--serverframe=gwsocket and --clientframe=gwsocket are halves of --frame=gwsocket', async () => {
    const from = await serving([
      '--serverframe=gwsocket',
      'sh',
      '--',
      '-c',
      `printf '\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0\\2hi'; cat >&2`,
    ])
    const a = await connect(from, '/r')
    expect(await a.next()).toBe('hi')
    a.send('plain line')
    await from.logged(/stderr: plain line\n/)
    const hex = `process.stdin.on('data', (bytes) => console.log(bytes.toString('hex')))`
    const to = await serving(['--clientframe=gwsocket', 'node', '--', '-e', hex])
    const b = await connect(to, '/r')
    expect(await b.next()).toMatch(/^00000001000000100000002e/)
  })
})

describe('frames without framing', () => {
  const frames = async (flags: string[], text: string) => {
    const client = await connect(await serving([...flags, 'printf', '--', text]), '/r')
    await client.closed
    return client.waiting().map(String)
  }

  test.each<[string, string[], string, string[]]>([
    ['lines', [], 'a\\r\\n\\nb', ['a', '', 'b']],
    ['lines that end in a lone CR keep it inside', [], 'a\\rb\\n', ['a\rb']],
    ['any of several delimiters', ['--delimiters=,;'], 'a,;b\\n', ['a', '', 'b\n']],
    ['a delimiter, whose \\r is not dropped', ['--delimiters=|'], 'a\\r|b|', ['a\r', 'b']],
    ['delimiters are not unescaped', ['--delimiters=\\n'], 'a\\nbnc', ['a\nb', 'c']],
    ['NUL', ['--null'], 'a\\nb\\0c', ['a\nb', 'c']],
    ['NUL beside delimiters', ['--null', '--delimiters=;'], 'a;b\\0c', ['a', 'b', 'c']],
    ['no delimiter: as it is read', ['--delimiters='], 'a\\nb', ['a\nb']],
    [
      'JSON without framing is text',
      [],
      '{"_to":1,"_end":true}\\n{"_kick":1}\\n',
      ['{"_to":1,"_end":true}', '{"_kick":1}'],
    ],
    ['bytes that are not UTF-8 become U+FFFD', [], 'a\\377b\\nc\\n', ['a\ufffdb', 'c']],
    [
      'a frame over --maxline is skipped, the next one is not',
      ['--maxline', '8'],
      '12345678\\n123456789\\nnext\\n',
      ['12345678', 'next'],
    ],
  ])('are cut by %s', async (_what, flags, text, expected) => {
    expect(await frames(flags, text)).toEqual(expected)
  })

  test('messages are lines: a newline at the end is dropped, those inside become spaces', async () => {
    const client = await connect(await serving(SHOW), '/r')
    for (const message of ['one\n', 'two\r\n', 'a\nb\rc\r\nd', '\n', '', 'end\n\n']) client.send(message)
    const seen: unknown[] = []
    for (let n = 0; n < 6; n++) seen.push(await client.json())
    expect(seen).toEqual(['one', 'two', 'a b c  d', '', '', 'end '])
  })

  test('with JSON framing a message over several lines is one line too', async () => {
    const client = await connect(await serving(['--frame=json', ...SHOW]), '/r')
    client.send('{\n  "a": 1,\r\n  "_kick": 2,\n  "b": "x"\n}\n')
    client.send({ next: 1 })
    expect(JSON.parse(String(await client.json()))).toEqual({ _from: 1, a: 1, b: 'x' })
    expect(JSON.parse(String(await client.json()))).toEqual({ _from: 1, next: 1 })
  })
})

describe('the older field id', () => {
  const GAME = `#!/usr/bin/env python3
import json, sys

players = {}

def say(t, data, to_id=None):
    print(json.dumps({"t": t, "data": data, "id": to_id}))

for line in sys.stdin:
    event = json.loads(line)
    player = event["id"]
    if event["t"] == "Join":
        players[player] = 0
        say("Welcome", player, to_id=player)
        say("Players", sorted(players))
    elif event["t"] == "Leave":
        del players[player]
        say("Players", sorted(players))
    elif event["t"] == "Move":
        players[player] += event["data"]
        say("Moved", [player, players[player]])
    elif event["t"] == "Secret":
        say("Secret", event["data"], to_id=event["to"])
`

  test("the command of ScaleSocket's multiplayer page works to the letter", async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'game.py'), GAME)
    chmodSync(join(cwd, 'game.py'), 0o755)
    writeFileSync(join(cwd, 'index.html'), '<title>multiplayer</title>')
    const flags = ['--staticdir', '.', '--frame=json', '--joinmsg', '{"t":"Join","id":#ID}']
    const server = await serving([...flags, '--leavemsg', '{"t":"Leave","id":#ID}', 'game.py'], {
      cwd,
      addr: '0.0.0.0:0',
    })
    expect(await (await fetch(server.url)).text()).toContain('multiplayer')
    const a = await connect(server, '/room')
    await server.logged(/client 1 joined/)
    expect(
      server
        .log()
        .split('\n')
        .filter((line) => /\bid\b/.test(line)),
    ).toHaveLength(1) // the start says so
    expect(await a.json()).toEqual({ t: 'Welcome', data: 1, id: 1 })
    expect(await a.json()).toEqual({ t: 'Players', data: [1], id: null })
    const b = await connect(server, '/room')
    expect(await b.json()).toEqual({ t: 'Welcome', data: 2, id: 2 })
    for (const client of [a, b]) expect(await client.json()).toEqual({ t: 'Players', data: [1, 2], id: null })
    b.send({ t: 'Move', data: 5, id: 1 }) // forged
    for (const client of [a, b]) expect(await client.json()).toEqual({ t: 'Moved', data: [2, 5], id: null })
    b.send({ t: 'Secret', data: 'x', to: 1 })
    expect(await a.json()).toEqual({ t: 'Secret', data: 'x', id: 1 })
    await a.close()
    expect(await b.json()).toEqual({ t: 'Players', data: [2], id: null })
  })

  const OLD = ['--frame=json', '--joinmsg', '{"t":"Join","id":#ID}']

  test('is switched off in a room by its first frame with _to, and in that room alone', async () => {
    const server = await serving([...OLD, ...PUPPET])
    const a = await connect(server, '/r')
    expect(await a.json()).toEqual({ heard: '{"t":"Join","id":1}' })
    const b = await connect(server, '/r')
    await a.next()
    await b.next()
    print(a, { id: 2, n: 1 }, { _to: 1, id: 2, n: 2 }, { id: 2, n: 3 })
    expect([await a.json(), await a.json()]).toEqual([
      { _to: 1, id: 2, n: 2 },
      { id: 2, n: 3 },
    ])
    expect([await b.json(), await b.json()]).toEqual([
      { id: 2, n: 1 },
      { id: 2, n: 3 },
    ])
    a.send({ id: 'mine' })
    expect(JSON.parse(String((await a.json()).heard))).toEqual({ _from: 1, id: 'mine' })
    const c = await connect(server, '/other')
    await c.next()
    c.send({ id: 'mine' })
    expect(JSON.parse(String((await c.json()).heard))).toEqual({ _from: 3, id: 3 })
  })

  test.each<[string, string[], boolean]>([
    ['a join message with id', OLD, true],
    ['--idfield=', [...OLD, '--idfield='], false],
    ['_from in the join message too', ['--frame=json', '--joinmsg', '{"t":"Join","id":#ID,"_from":#ID}'], false],
    ['_from in the leave message', [...OLD, '--leavemsg', '{"_from":#ID}'], false],
    ['id below the top level', ['--frame=json', '--joinmsg', '{"t":"Join","player":{"id":#ID}}'], false],
    ['--json', ['--json'], false],
    ['--idfield id outright', ['--json', '--idfield', 'id'], true],
  ])('routes or not: %s', async (_what, flags, routes) => {
    const server = await serving([...flags, ...PUPPET])
    const a = await connect(server, '/r')
    await a.next()
    print(a, { id: 7, n: 1 }, { id: 'x', n: 2 })
    expect((await a.json()).n).toBe(routes ? 2 : 1)
  })

  test('--idfield NAME tags and routes by another name', async () => {
    const server = await serving(['--frame=json', '--idfield', 'player', ...PUPPET])
    const [a, b] = [await connect(server, '/r'), await connect(server, '/r')]
    a.send({ player: 9, n: 1 })
    for (const client of [a, b])
      expect(JSON.parse(String((await client.json()).heard))).toEqual({ _from: 1, player: 1, n: 1 })
    print(a, { player: 2, n: 2 }, { player: null, n: 3 })
    expect((await a.json()).n).toBe(3)
    expect([(await b.json()).n, (await b.json()).n]).toEqual([2, 3])
  })
})
