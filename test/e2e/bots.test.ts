import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHILD, connect, eventually, processes, type TestServer, TRANSPORTS } from '../helpers.ts'
import { newMark, serving, temporaryFolder } from './serving.ts'

/** A game that does what it is told by its players. */
const PUPPET = ['node', '--', CHILD, 'puppet']
const print = (...lines: object[]) => ({ print: lines.map((line) => `${JSON.stringify(line)}\n`).join('') })

/** How many bots run whose command line holds this text; the server's own command line holds it too. */
const running = (server: TestServer, mark: string) => processes(mark).filter((pid) => pid !== server.pid).length

/** A bot that answers a line which asks it, in Python, as an author would write it. */
function pythonBot(): string {
  const file = join(temporaryFolder(), 'bot.py')
  writeFileSync(
    file,
    `import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get('ask'):
        print(json.dumps({'print': json.dumps({'answer': message['ask'], 'room': os.environ['ROOM']}) + chr(10)}))
`,
  )
  return `python3 "${file}"`
}

describe.each(TRANSPORTS)('bots on %s', (transport) => {
  const start = (...args: string[]) => serving(['--transport', transport, '--json', ...args, ...PUPPET])

  test('that the game asks for play with the people, and are ended with the room', async () => {
    const mark = newMark()
    const server = await start('--bot', `${pythonBot()} ${mark}`)
    const ann = await connect(server, '/den')
    expect(await ann.json()).toEqual({ heard: '{"t":"Join","_from":1}' })
    ann.send(print({ _bots: 2 }))
    const joins = [await ann.json(), await ann.json()]
    expect(joins).toEqual([2, 3].map((id) => ({ heard: `{"t":"Join","_from":${id},"_bot":true}` })))
    ann.send(print({ ask: 'who?', _to: 3 }))
    expect(await ann.json()).toEqual({ answer: 'who?', room: 'den' })
    await eventually('two bots run', () => running(server, mark) === 2)
    await ann.close(1000)
    await eventually('no bot is left', () => running(server, mark) === 0)
  })

  test('that fill a room come with its first player and leave as people come', async () => {
    const mark = newMark()
    const server = await start('--bot', `cat - ${mark}`, '--fill', '3')
    const ann = await connect(server, '/den')
    await ann.until((frame) => frame.includes(':3,'))
    await connect(server, '/den')
    await ann.until((frame) => frame.includes('Leave'))
    await eventually('one of two bots is gone', () => running(server, mark) === 1)
  })

  test('that hang and ignore every polite word hold nobody up and do not outlive the server', async () => {
    const mark = newMark()
    const stubborn = `node ${CHILD} stubborn ${mark}`
    const server = await start('--bot', stubborn)
    const ann = await connect(server, '/den')
    await ann.next()
    ann.send(print({ _bots: 3 }))
    await eventually('three bots run', () => running(server, mark) === 3)
    ann.send(print({ _bots: 1 }))
    await ann.until((frame) => frame.includes('Leave'))
    await eventually('two of them are killed', () => running(server, mark) === 1)
    expect(await server.stop()).toBe(0)
    expect(processes(mark)).toEqual([])
  })

  test('die with the server, whatever it dies of', async () => {
    const mark = newMark()
    const server = await start('--killgrace', '60', '--bot', `node ${CHILD} stubborn ${mark}`)
    const ann = await connect(server, '/den')
    await ann.next()
    ann.send(print({ _bots: 2 }))
    await eventually('two bots run', () => running(server, mark) === 2)
    // One is in its farewell when the end comes.
    ann.send(print({ _bots: 1 }))
    await ann.until((frame) => frame.includes('Leave'))
    server.signal('SIGQUIT')
    await server.exited
    await eventually('no bot is left', () => running(server, mark) === 0)
  })

  test('that crash are reported, and the game goes on', async () => {
    const server = await start('--bot', 'false', '--metrics')
    const ann = await connect(server, '/den')
    await ann.next()
    ann.send(print({ _bots: 1 }))
    await server.logged(/a bot is gone: it ended with 1; it is started again in 1 s/)
    await ann.until((frame) => frame.includes('"Leave\\",\\"_from\\":2'))
    ann.send(print({ n: 1 }))
    await ann.until((frame) => frame === '{"n":1}')
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('playpipe_bot_failures_total 1')
  })

  test('of a room of bytes get bytes and say bytes', async () => {
    const server = await serving(['--transport', transport, '--binary', '--bot', 'cat', '--fill', '2', 'cat'])
    const ann = await connect(server, '/den')
    ann.ws.send(Buffer.from([1, 0, 10]), { binary: true })
    // What is said comes back to the bot, which says it again, and so on.
    let heard = Buffer.alloc(0)
    while (heard.length < 9) heard = Buffer.concat([heard, (await ann.next()) as Buffer])
    expect([...heard.subarray(0, 9)]).toEqual([1, 0, 10, 1, 0, 10, 1, 0, 10])
  })
})

test('a bot that is no command is refused at start with one line', async () => {
  await expect(serving(['--bot', './nobody --level 3', 'cat'])).rejects.toThrow(/playpipe: .*nobody: no such command/)
})
