/**
 * What a user of ScaleSocket 0.2.4 relies on, as data: flags, a command, and what clients then do. `run.ts` plays the list
 * against either program. Where Playpipe answers otherwise on purpose, `differs` names a row of docs/compat.md and
 * holds Playpipe's exact part of the transcript; whatever it does not name must agree.
 */

export interface Scenario {
  readonly name: string
  readonly flags: readonly string[]
  /** `{tcp}` becomes a free port, `{tcp+1}` the next one. The working directory is a copy of `fixtures/`. */
  readonly command: readonly string[]
  readonly steps?: readonly Step[]
  readonly record?: Keep
  readonly env?: { readonly [name: string]: string }
  /** Programs that the machine must have. */
  readonly needs?: readonly string[]
  /** Someone else listens on the port already. */
  readonly portTaken?: boolean
  /** What to keep of the server's own output. */
  readonly output?: (stdout: string, stderr: string) => unknown
  /**
   * ScaleSocket's outcome is a matter of luck: it can lose what a child prints right before it exits, and connects to a TCP
   * child once, after a fixed time. Its fullest transcript of several is the one that counts.
   */
  readonly racy?: boolean
  readonly differs?: Difference
}

export interface Difference {
  /** Rows of docs/compat.md, by name. */
  readonly rows: readonly string[]
  readonly why: string
  /** Playpipe's part of the transcript; `undefined` where ScaleSocket's has a part and Playpipe's has none. */
  readonly expect: { readonly [label: string]: unknown }
}

/**
 * How a client's frames are kept. `exact`: as they came. `parsed`: JSON objects with their keys in order, for frames that
 * the server stamped. `chunks`: joined, where the cuts are the pipe's. `sorted`: where a child's order means nothing.
 * `{ all: n }`: only whether all n came.
 */
export type Keep = 'exact' | 'parsed' | 'chunks' | 'sorted' | { readonly all: number }

export type Step =
  | { do: 'open'; who: string; path: string }
  | { do: 'send'; who: string; data: string | Uint8Array }
  | { do: 'drop'; who: string }
  | { do: 'ping'; who: string; data: string }
  | { do: 'hears'; who: string; text: string }
  | { do: 'closed'; who: string }
  | { do: 'leave'; who: string; note?: boolean }
  | { do: 'http'; method: string; path: string; headers?: { [name: string]: string }; only?: RegExp; as?: string }
  | { do: 'poll'; path: string; body: string }
  | { do: 'child'; text: string }
  | { do: 'gone' }
  | { do: 'took'; atLeast: number }
  | { do: 'logged'; text: string }
  | { do: 'soon'; who: string; text: string; ms: number }
  | { do: 'signal'; signal: 'SIGTERM' | 'SIGINT' }
  | { do: 'exit' }

const open = (who: string, path = '/r'): Step => ({ do: 'open', who, path })
const send = (who: string, data: string | Uint8Array): Step => ({ do: 'send', who, data })
const ping = (who: string, data: string): Step => ({ do: 'ping', who, data })
/** Waits until a client was told this text, or was hung up on. */
const hears = (who: string, text: string): Step => ({ do: 'hears', who, text })
const closed = (who: string): Step => ({ do: 'closed', who })
const leave = (who: string): Step => ({ do: 'leave', who })
const get = (path: string, more: { headers?: { [name: string]: string }; only?: RegExp; as?: string } = {}): Step => ({
  do: 'http',
  method: 'GET',
  path,
  ...more,
})
const ask = (method: string, path: string): Step => ({ do: 'http', method, path })
const poll = (path: string, body: string): Step => ({ do: 'poll', path, body })
/** Waits until the file `seen`, which the child writes, holds this text. */
const child = (text: string): Step => ({ do: 'child', text })
/** Waits until the process whose number the child wrote into the file `pid` has ended. */
const gone: Step = { do: 'gone' }
const took = (atLeast: number): Step => ({ do: 'took', atLeast })
/** Waits until the server's own output holds this text. */
const logged = (text: string): Step => ({ do: 'logged', text })
/** Waits for a text, but not for ever: it is what one of the programs never says. */
const soon = (who: string, text: string, ms: number): Step => ({ do: 'soon', who, text, ms })
const signal = (name: 'SIGTERM' | 'SIGINT'): Step => ({ do: 'signal', signal: name })
const exit: Step = { do: 'exit' }

/** Both players are in the room, and the child knows it: the second one's own echo is back at the first. */
const bothSay = (text: (who: string) => string): Step[] => [
  open('A'),
  send('A', text('A')),
  hears('A', text('A')),
  open('B'),
  send('B', text('B')),
  hears('A', text('B')),
  hears('B', text('B')),
]
const pairOfText = bothSay((who) => `${who} is here`)
const pair = bothSay((who) => `"${who}":1`).map(
  (step): Step => (step.do === 'send' ? { ...step, data: `{${step.data}}` } : step),
)
const end = (who: string): Step[] => [send(who, '{"end":1}'), hears(who, '"end"')]

/** A child that waits for two lines (two Joins), prints once, and stays until its stdin ends. */
const printsOnce = (text: string): string[] => [
  'sh',
  '--',
  '-c',
  `read a; read b; printf '%s\\n' '${text.split('\n').join("' '")}'; cat >/dev/null`,
]

export const FLAGS = [
  '--addr',
  '--binary',
  '--cache',
  '--cachepersist',
  '--delay',
  '--delimiters',
  '--joinmsg',
  '--json',
  '--leavemsg',
  '--log',
  '--metrics',
  '--null',
  '--oneshot',
  '--passenv',
  '--rooms',
  '--maxrooms',
  '--frame',
  '--clientframe',
  '--serverframe',
  '--staticdir',
  '--api',
  '--tcp',
  '--tcpports',
  '-v',
  '--help',
  '--version',
] as const

const CLOSES = {
  'close-exit': 'a close code tells how the child ended',
  'close-refused': 'a refusal says so in its close code',
  'close-bad-message': 'a close code tells what was wrong',
  'close-shutdown': 'a close code tells that the server goes away',
}
const closes = (row: keyof typeof CLOSES, code: number, ...who: string[]): Difference => ({
  rows: [row],
  why: CLOSES[row],
  expect: Object.fromEntries(who.map((name) => [`${name} closed`, code])),
})

const flagsIn = (stdout: string) => FLAGS.filter((flag) => new RegExp(`${flag}(?![a-z])`).test(stdout))
const series = /^\w*websocket_connections/

const answer = (status: number, body: unknown, type = 'text/plain; charset=utf-8') => ({ status, type, body })
const missing = (...requests: string[]): Difference => ({
  rows: ['http-404'],
  why: 'what is neither a room nor a file is 404',
  expect: Object.fromEntries(requests.map((request) => [request, answer(404, 'Not found')])),
})
const charset: Pick<Difference, 'rows' | 'why'> = {
  rows: ['charset'],
  why: 'files of text say that they are UTF-8',
}
const page = (title: string) => answer(200, `<!doctype html>\n<title>${title}</title>\n`, 'text/html; charset=utf-8')

const log = (stdout: string, stderr: string) => {
  const stream = stdout.includes('listening on') ? 'stdout' : stderr.includes('listening on') ? 'stderr' : 'none'
  const lines = (stream === 'stdout' ? stdout : stderr).split('\n').filter((line) => line.trim() !== '')
  const json = lines.every((line) => line.startsWith('{') && line.endsWith('}'))
  return { stream, shape: json ? 'json' : 'text', debug: lines.some((line) => /DEBUG|"debug"|"level":20/.test(line)) }
}

/** One clear line and nothing that looks like a stack. */
const complaint = (_: string, stderr: string) => (/\n\s+at |panicked/.test(stderr) ? 'a stack' : 'no stack')

const lines = (...texts: string[]): Step[] => texts.flatMap((text) => [send('A', text)])

export const scenarios: readonly Scenario[] = [
  // Text
  {
    name: 'two clients of a room share one cat',
    flags: [],
    command: ['cat'],
    steps: [...pairOfText, send('A', 'hi'), hears('A', 'hi'), hears('B', 'hi')],
  },
  {
    name: 'another room is another child',
    flags: ['--joinmsg', '#ID'],
    command: ['cat'],
    steps: [
      open('A', '/r'),
      hears('A', '1'),
      open('B', '/s'),
      hears('B', '2'),
      send('A', 'for r'),
      hears('A', 'for r'),
      send('B', 'for s'),
      hears('B', 'for s'),
    ],
  },
  {
    name: 'a slash at the end is the same room',
    flags: ['--joinmsg', '#ID #ROOM'],
    command: ['cat'],
    steps: [open('A', '/r/'), hears('A', '1'), open('B', '/r'), hears('A', '2'), hears('B', '2')],
  },
  {
    name: 'a percent sign in the name of a room',
    flags: ['--joinmsg', '#ROOM'],
    command: ['cat'],
    steps: [open('A', '/a%20b'), hears('A', 'b')],
    differs: { rows: ['room-decoded'], why: 'a room has the name that its players know', expect: { A: ['a b'] } },
  },
  {
    name: 'a client says goodbye',
    flags: [],
    command: ['cat'],
    steps: [...pairOfText, { do: 'leave', who: 'A', note: true }, send('B', 'end'), hears('B', 'end')],
    differs: { rows: ['close-leave'], why: 'a close is answered, as RFC 6455 wants', expect: { 'A left': 1005 } },
  },
  {
    name: 'a binary message in text mode is a line, and comes back as text',
    flags: [],
    command: ['cat'],
    steps: [open('A'), send('A', Buffer.from('bytes')), hears('A', 'bytes')],
  },
  {
    name: 'an empty message, and text beyond the basic plane',
    flags: [],
    command: ['cat'],
    steps: [open('A'), ...lines('', ' spaced ', '\u{1f430} žlutý', 'end'), hears('A', 'end')],
  },
  {
    name: 'a client whose connection breaks leaves',
    flags: ['--leavemsg', 'bye #ID'],
    command: ['cat'],
    steps: [...pairOfText, { do: 'drop', who: 'A' }, hears('B', 'bye')],
  },
  {
    name: 'a message with a newline',
    flags: [],
    command: ['cat'],
    steps: [open('A'), ...lines('a\nb', 'c\r\nd', 'end'), hears('A', 'end')],
    differs: {
      rows: ['newline'],
      why: 'one message is one line',
      expect: { A: ['a b', 'c  d', 'end'] },
    },
  },
  {
    name: 'a message that ends with a newline',
    flags: [],
    command: ['cat'],
    steps: [open('A'), ...lines('a\n', 'end'), hears('A', 'end')],
    differs: { rows: ['newline'], why: 'one message is one line', expect: { A: ['a', 'end'] } },
  },
  {
    name: 'pings',
    flags: [],
    command: ['cat'],
    steps: [open('A'), ping('A', 'ping!'), send('A', 'end'), hears('A', 'end')],
    differs: { rows: ['ping'], why: 'a ping is no message', expect: { A: ['end'] } },
  },
  {
    name: 'a ping with JSON framing',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join'), ping('A', 'ping!'), ...end('A')],
    differs: {
      rows: ['ping'],
      why: 'a ping is no message',
      expect: { A: ['{"_from":1,"t":"Join"}', '{"_from":1,"end":1}'], 'A closed': undefined },
    },
  },
  {
    name: 'lines with a carriage return, an empty line, an unterminated last line',
    flags: [],
    command: ['printf', '--', 'a\\r\\n\\nb'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: '--delimiters takes several characters',
    flags: ['--delimiters=,;'],
    command: ['printf', '--', 'a,;b\\nc,'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: '--delimiters does not interpret escapes',
    flags: ['--delimiters=\\n'],
    command: ['printf', '--', 'a\\\\b\\nc'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: '--delimiters with nothing gives chunks as read',
    flags: ['--delimiters='],
    command: ['printf', '--', 'a\\nb'],
    record: 'chunks',
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: '--null ends a frame at NUL',
    flags: ['--null'],
    command: ['printf', '--', 'a\\nb\\0c'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: '--null beside --delimiters adds NUL',
    flags: ['--null', '--delimiters=,'],
    command: ['printf', '--', 'a,b\\0c\\nd'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: 'output that is not UTF-8',
    flags: [],
    command: ['sh', '--', '-c', "printf 'a\\n\\377\\nb\\n'; read x; echo end; cat >/dev/null"],
    steps: [open('A'), hears('A', 'a'), send('A', 'go'), hears('A', 'end')],
    differs: {
      rows: ['utf8'],
      why: 'bytes that are no UTF-8 become U+FFFD and stop nothing',
      expect: { A: ['a', '\ufffd', 'b', 'end'] },
    },
  },
  {
    name: 'a burst of frames',
    flags: [],
    command: ['sh', '--', '-c', 'read x; seq 20000; echo end; cat >/dev/null'],
    record: { all: 20001 },
    steps: [open('A'), send('A', 'go'), hears('A', 'end')],
    differs: { rows: ['burst'], why: 'nothing is lost in silence', expect: { A: 'all 20001' } },
  },
  {
    name: 'a message larger than the pipes',
    flags: [],
    command: ['cat'],
    steps: [open('A'), send('A', 'x'.repeat(300_000)), send('A', 'end'), soon('A', 'end', 1500)],
    differs: {
      rows: ['deadlock'],
      why: 'stdin and stdout are pumped apart',
      expect: { A: ['xxxxxxxxxx… 300000 characters', 'end'] },
    },
  },
  {
    name: 'a message of 1.5 MiB',
    flags: [],
    command: ['sh', '--', '-c', 'head -c 1572864 | wc -c; cat'],
    steps: [open('A'), send('A', 'x'.repeat(1_572_864)), send('A', 'end'), hears('A', 'end')],
    differs: {
      rows: ['limits'],
      why: '--maxpayload is 1 MiB',
      expect: { A: [], 'A closed': 1009 },
    },
  },
  {
    name: 'a frame of 1.5 MiB',
    flags: [],
    command: ['sh', '--', '-c', "read x; head -c 1572864 /dev/zero | tr '\\0' x; echo; echo end; cat >/dev/null"],
    steps: [open('A'), send('A', 'go'), hears('A', 'end')],
    differs: { rows: ['limits'], why: '--maxline is 1 MiB', expect: { A: ['end'] } },
  },
  {
    name: 'Python that never flushes',
    flags: [],
    command: ['python3', '--', 'unflushed.py'],
    needs: ['python3'],
    steps: [open('A'), send('A', 'one'), child('one'), soon('A', 'heard one', 700)],
    differs: { rows: ['unbuffered'], why: 'PYTHONUNBUFFERED is set', expect: { A: ['started', 'heard one'] } },
  },

  // Binary
  {
    name: '--binary passes bytes both ways and appends nothing',
    flags: ['--binary', '--joinmsg', 'J'],
    command: ['cat'],
    record: 'chunks',
    steps: [open('A'), hears('A', 'J'), send('A', 'x'), send('A', Buffer.from([0, 255, 10, 254])), hears('A', '\n')],
    // The wait is for the newline; the byte after it is in the same chunk, since it was in the same message.
  },
  {
    name: '-b is --binary',
    flags: ['-b'],
    command: ['printf', '--', 'a\\nb\\0c'],
    record: 'chunks',
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },

  {
    name: 'short flags in one word',
    flags: ['-bvv'],
    command: ['cat'],
    record: 'chunks',
    steps: [open('A'), send('A', 'x\n'), hears('A', 'x\n')],
  },
  {
    name: '--binary with --json stamps, and appends nothing',
    flags: ['--binary', '--json'],
    command: ['cat'],
    record: 'chunks',
    steps: [open('A'), hears('A', 'Join'), send('A', '{"end":1}'), hears('A', '"end":1')],
  },

  // JSON
  {
    name: '--json tells of joins and stamps messages, whatever they claim',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join'), send('A', '{"x":1,"_from":9}'), hears('A', '"x"')],
  },
  {
    name: '--json tells the others of a leave',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, leave('A'), hears('B', 'Leave')],
  },
  {
    name: 'a client addresses another through cat',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, send('A', '{"_to":2,"secret":1}'), hears('B', 'secret'), ...end('A'), hears('B', 'end')],
  },
  {
    name: 'the text of a stamped message: numbers and order',
    flags: ['--json'],
    command: ['cat'],
    steps: [open('A'), hears('A', 'Join'), send('A', '{"z":1.0,"a":12345678901234567890123}'), hears('A', '"z"')],
    differs: {
      rows: ['text'],
      why: "a client's text is kept as it was written",
      expect: { A: ['{"t":"Join","_from":1}', '{"_from":1,"z":1.0,"a":12345678901234567890123}'] },
    },
  },
  {
    name: 'the text of a stamped message: spaces, escapes, a key given twice',
    flags: ['--json'],
    command: ['cat'],
    steps: [
      open('A'),
      hears('A', 'Join'),
      send('A', '{ "z": 1.0, "a": 12345678901234567890123, "u": "\\u00e9", "a": 2 }'),
      hears('A', '"z"'),
    ],
    differs: {
      rows: ['text'],
      why: "a client's text is kept as it was written",
      expect: {
        A: ['{"t":"Join","_from":1}', '{"_from":1,"z": 1.0,"a": 12345678901234567890123,"u": "\\u00e9","a": 2 }'],
      },
    },
  },
  {
    name: 'an empty object, and the keys _to and _from in another spelling',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [
      ...pair,
      send('A', '{}'),
      send('A', '{"\\u005ffrom":9,"x":1}'),
      send('A', '{"\\u005fto":2,"secret":1}'),
      hears('B', 'secret'),
      ...end('A'),
      hears('B', 'end'),
    ],
  },
  {
    name: 'JSON over several lines',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join'), send('A', '{\n  "x": 1\n}\n'), hears('A', '"x"')],
  },
  {
    name: 'a binary message that is JSON',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join'), send('A', Buffer.from('{"x":1}')), hears('A', '"x"')],
  },
  {
    name: '--frame alone is json, and sends no join line',
    flags: ['--frame'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), ...end('A')],
  },
  {
    name: '--frame=json with templates of its own',
    flags: ['--frame=json', '--joinmsg', '{"in":#ID}', '--leavemsg', '{"out":#ID}'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, leave('A'), hears('B', 'out')],
  },
  {
    name: '--json with a join message of its own keeps the leave message',
    flags: ['--json', '--joinmsg', '{"t":"Hello","_from":#ID,"room":"#ROOM"}'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, leave('A'), hears('B', 'Leave')],
  },
  {
    name: '--clientframe=json stamps, and routes nothing',
    flags: ['--clientframe=json'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, send('A', '{"_to":2}'), hears('B', '_to'), ...end('A'), hears('B', 'end')],
  },
  {
    name: '--serverframe=json routes, and stamps nothing',
    flags: ['--serverframe=json'],
    command: ['cat'],
    steps: [...pair, send('A', '{"_to":2}'), hears('B', '_to'), ...end('A'), hears('B', 'end')],
  },
  ...['null', '0', '99', '1', '2'].map(
    (to): Scenario => ({
      name: `a frame with _to ${to}`,
      flags: ['--json'],
      command: printsOnce(`{"_to":${to}}\n{"end":1}`),
      steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end')],
    }),
  ),
  ...['"1"', '-1', '1.5', '4294967296', 'true', '{}'].map(
    (to): Scenario => ({
      name: `a frame with _to ${to}`,
      flags: ['--json'],
      command: printsOnce(`{"_to":${to}}\n{"end":1}`),
      steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end')],
      differs: {
        rows: ['bad-address'],
        why: 'what can be no address reaches nobody',
        expect: { A: ['{"end":1}'], B: ['{"end":1}'] },
      },
    }),
  ),
  {
    name: 'a frame with a list in _to',
    flags: ['--json'],
    command: printsOnce('{"_to":[2,99]}\n{"_to":[]}\n{"end":1}'),
    steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end')],
    differs: {
      rows: ['address-list'],
      why: 'a list addresses those in it',
      expect: { A: ['{"end":1}'], B: ['{"_to":[2,99]}', '{"end":1}'] },
    },
  },
  {
    name: 'frames that are no JSON objects are for everyone, as printed',
    flags: ['--json'],
    command: printsOnce('plain text\n5\n"_to"\n{"_to":2\n\n{ "spaced" : 1.0 }'),
    steps: [open('A'), open('B'), hears('A', 'spaced'), hears('B', 'spaced')],
    differs: {
      rows: ['broken-address'],
      why: 'what was to be addressed and is not JSON reaches nobody',
      expect: {
        A: ['plain text', '5', '"_to"', '', '{ "spaced" : 1.0 }'],
        B: ['plain text', '5', '"_to"', '', '{ "spaced" : 1.0 }'],
      },
    },
  },
  {
    name: 'a frame that is a list',
    flags: ['--json'],
    command: printsOnce('[1]\n[1,false,false]\n{"end":1}'),
    steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end')],
    differs: {
      rows: ['list-frame'],
      why: 'a list has no address',
      expect: { B: ['[1]', '[1,false,false]', '{"end":1}'] },
    },
  },
  {
    name: 'a message that is a JSON list closes its sender alone',
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, send('A', '[1]'), closed('A'), hears('B', 'Leave'), ...end('B')],
    differs: closes('close-bad-message', 1008, 'A'),
  },
  {
    name: 'a message that is no JSON closes its sender alone',
    flags: ['--frame=json'],
    command: ['cat'],
    record: 'parsed',
    steps: [...pair, send('A', '{"x":'), closed('A'), ...end('B')],
    differs: closes('close-bad-message', 1008, 'A'),
  },
  {
    name: "a client's own _meta, through cat",
    flags: ['--json', '--api'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join'), send('A', '{"_meta":true,"k":1}'), ...end('A'), get('/api/r/metadata')],
    differs: {
      rows: ['own-keys'],
      why: 'a client cannot reach through a program that echoes',
      expect: {
        A: ['{"_from":1,"t":"Join"}', '{"_from":1,"k":1}', '{"_from":1,"end":1}'],
        'GET /api/r/metadata': { status: 200, type: 'application/json', body: null },
      },
    },
  },
  {
    name: "a client's own keys that begin with an underscore",
    flags: ['--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join'), send('A', '{"_x":1,"_cache":true,"a":{"_y":2}}'), hears('A', '_y')],
    differs: {
      rows: ['own-keys'],
      why: 'a client cannot reach through a program that echoes',
      expect: { A: ['{"_from":1,"t":"Join"}', '{"_cache":true,"_from":1,"a":{"_y":2}}'] },
    },
  },

  // gwsocket
  {
    name: '--serverframe=gwsocket with headers in little-endian order',
    flags: ['--serverframe=gwsocket', '--joinmsg', 'J'],
    command: ['python3', '--', 'gw.py', 'say', 'little'],
    needs: ['python3'],
    steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end')],
  },
  {
    name: '--serverframe=gwsocket with headers in network order',
    flags: ['--serverframe=gwsocket', '--joinmsg', 'J'],
    command: ['python3', '--', 'gw.py', 'say', 'network'],
    needs: ['python3'],
    steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end')],
    differs: {
      rows: ['gwsocket'],
      why: 'both byte orders are understood',
      expect: {
        A: ['to all', 'to the first', 'end'],
        B: ['to all', 'to the second', 'end'],
        'A closed': undefined,
        'B closed': undefined,
      },
    },
  },
  {
    name: '--clientframe=gwsocket',
    flags: ['--clientframe=gwsocket'],
    command: ['python3', '--', 'gw.py', 'hear'],
    needs: ['python3'],
    steps: [open('A'), hears('A', 'ready'), send('A', 'hi'), child('hi')],
    differs: {
      rows: ['gwsocket'],
      why: 'clients are framed too, in network order, with the frames for open and close',
      expect: { child: ['1 16 127.0.0.1', '1 1 hi', ''], 'A closed': undefined },
    },
  },

  // Templates and environment
  {
    name: 'templates',
    flags: ['--joinmsg', '#ID|#ROOM|#QUERY_NAME|#QUERY_STRING|#REMOTE_ADDR|#ID'],
    command: ['cat'],
    steps: [open('A', '/r?name=a%20b&x=1'), hears('A', '|')],
  },
  {
    name: 'templates: characters of a query, a parameter given twice, names that go on',
    flags: ['--joinmsg', '#QUERY_NAME|#QUERY_P|#QUERY_Q|#QUERY_A|#IDX #ROOMS'],
    command: ['cat'],
    steps: [open('A', "/r?Name=a+b%2Bc&p=it's(!)*~&q=%C3%A9/%25&a=1&a=2"), hears('A', '|')],
  },
  {
    name: 'a template names a query parameter that is absent',
    flags: ['--joinmsg', '#ID|#ROOM|#QUERY_NAME|#QUERY_X'],
    command: ['cat'],
    steps: [open('A', '/r?name=a%20b'), hears('A', '|')],
    differs: { rows: ['template-absent'], why: 'what is absent is empty', expect: { A: ['1|r|a%20b|'] } },
  },
  {
    name: 'a query that wants to break out of the join message',
    flags: ['--json', '--joinmsg', '{"t":"Join","_from":#ID,"q":"#QUERY_STRING"}'],
    command: ['cat'],
    steps: [open('A', '/r?a\\'), hears('A', 'Join')],
    differs: {
      rows: ['template-escape'],
      why: 'values are escaped inside JSON',
      expect: { A: ['{"t":"Join","_from":1,"q":"a\\\\"}'] },
    },
  },
  {
    name: 'a room name that wants to break out of the join message',
    flags: ['--json', '--joinmsg', '{"t":"Join","_from":#ID,"room":"#ROOM"}'],
    command: ['cat'],
    steps: [open('A', '/r","admin":"yes'), hears('A', 'Join')],
    differs: {
      rows: ['template-escape'],
      why: 'values are escaped inside JSON',
      expect: { A: ['{"t":"Join","_from":1,"room":"r\\",\\"admin\\":\\"yes"}'] },
    },
  },
  {
    name: '--leavemsg without framing',
    flags: ['--leavemsg', 'bye #ID of #ROOM'],
    command: ['cat'],
    steps: [...pairOfText, leave('A'), hears('B', 'bye')],
  },
  {
    name: '--passenv with nothing leaves what the server sets',
    flags: ['--passenv='],
    command: ['printenv'],
    env: { COMPAT: 'yes' },
    record: 'sorted',
    racy: true,
    steps: [open('A', '/r?a=1'), closed('A')],
    differs: {
      rows: ['unbuffered', 'close-exit'],
      why: 'PYTHONUNBUFFERED is set, and a close code tells how the child ended',
      expect: {
        A: ['PYTHONUNBUFFERED=1', 'QUERY_STRING=a=1', 'REMOTE_ADDR=127.0.0.1:<port>', 'ROOM=r'],
        'A closed': 1000,
      },
    },
  },
  {
    name: '--passenv passes what it lists, and replaces the default',
    flags: ['--passenv', 'COMPAT,ABSENT'],
    command: ['sh', '--', '-c', 'echo "$COMPAT"; env | grep -c ^HOME=; cat'],
    env: { COMPAT: 'yes' },
    steps: [open('A'), hears('A', '0')],
  },
  {
    name: '--passenv twice',
    flags: ['--passenv', 'COMPAT', '--passenv', 'PATH'],
    command: ['sh', '--', '-c', 'env | cut -d= -f1 | grep -x -e PATH -e HOME -e COMPAT; cat'],
    env: { COMPAT: 'yes' },
    record: 'sorted',
    steps: [open('A'), hears('A', 'PATH'), send('A', 'end'), hears('A', 'end')],
  },
  {
    name: 'PATH is passed unless --passenv says otherwise',
    flags: [],
    command: ['sh', '--', '-c', 'env | cut -d= -f1 | grep -x -e PATH -e HOME -e COMPAT; cat'],
    env: { COMPAT: 'yes' },
    steps: [open('A'), hears('A', 'PATH'), send('A', 'end'), hears('A', 'end')],
  },

  // History
  {
    name: '--cache=tagged:1 keeps the last tagged frame',
    flags: ['--cache=tagged:1', '--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [
      open('A'),
      hears('A', 'Join'),
      ...lines('{"n":1,"_cache":true}', '{"n":2,"_cache":true}', '{"n":3}'),
      hears('A', '"n":3'),
      open('B'),
      hears('B', 'Join'),
      ...end('A'),
      hears('B', 'end'),
    ],
  },
  {
    name: '--cache all:8 keeps eight frames, in order',
    flags: ['--cache', 'all:8'],
    command: ['cat'],
    steps: [
      open('A'),
      ...lines('1', '2', '3', '4', '5', '6', '7', '8', '9', 'ten'),
      hears('A', 'ten'),
      open('B'),
      send('B', 'end'),
      hears('B', 'end'),
    ],
  },
  {
    name: '--cache all:64 replays bytes in --binary',
    flags: ['--cache', 'all:64', '--binary'],
    command: ['cat'],
    record: 'chunks',
    steps: [open('A'), send('A', 'one'), hears('A', 'one'), open('B'), hears('B', 'one')],
  },
  {
    name: '--cache 8, as the help has it',
    flags: ['--cache', '8'],
    command: ['cat'],
    steps: [open('A'), send('A', 'one'), hears('A', 'one'), open('B'), hears('B', 'one')],
    differs: {
      rows: ['cache-size'],
      why: 'a bare number works',
      expect: { start: 'listening', A: ['one'], B: ['one'] },
    },
  },
  {
    name: '--cache tagged:3',
    flags: ['--cache', 'tagged:3', '--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [
      open('A'),
      hears('A', 'Join'),
      ...[1, 2, 3, 4].map((n) => send('A', `{"n":${n},"_cache":true}`)),
      hears('A', '"n":4'),
      open('B'),
      hears('B', 'Join'),
    ],
    differs: {
      rows: ['cache-size'],
      why: 'any size from 1 to 65536',
      expect: {
        start: 'listening',
        A: [
          '{"_from":1,"t":"Join"}',
          ...[1, 2, 3, 4].map((n) => `{"_cache":true,"_from":1,"n":${n}}`),
          '{"_from":2,"t":"Join"}',
        ],
        B: [...[2, 3, 4].map((n) => `{"_cache":true,"_from":1,"n":${n}}`), '{"_from":2,"t":"Join"}'],
      },
    },
  },
  {
    name: 'a cached frame for one client alone',
    flags: ['--cache', 'all:8', '--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [
      open('A'),
      hears('A', 'Join'),
      send('A', '{"_to":1,"secret":1}'),
      hears('A', 'secret'),
      open('B'),
      hears('B', '"_from":2'),
      hears('A', '"_from":2'),
    ],
    differs: {
      rows: ['cache-private'],
      why: 'a kept frame keeps its address',
      expect: { B: ['{"_from":1,"t":"Join"}', '{"_from":2,"t":"Join"}'] },
    },
  },
  {
    name: 'history ends with its room',
    flags: ['--cache', 'all:8', '--api'],
    command: ['cat'],
    steps: [
      open('A'),
      send('A', 'old'),
      hears('A', 'old'),
      leave('A'),
      poll('/api/rooms/', '[]'),
      open('B'),
      send('B', 'new'),
      hears('B', 'new'),
    ],
  },
  {
    name: '--cachepersist keeps history for the next child',
    flags: ['--cache', 'all:8', '--cachepersist', '--api'],
    command: ['cat'],
    steps: [
      open('A'),
      send('A', 'old'),
      hears('A', 'old'),
      leave('A'),
      poll('/api/rooms/', '[]'),
      open('B'),
      hears('B', 'old'),
      send('B', 'new'),
      hears('B', 'new'),
    ],
  },

  // Rooms
  {
    name: '--rooms and what stands in the way of a room',
    flags: ['--rooms', 'a,b'],
    command: ['cat'],
    steps: [
      open('A', '/a/'),
      open('C', '/c'),
      open('API', '/api'),
      open('deep', '/a/b'),
      get('/a'),
      get('/c'),
      send('A', 'end'),
      hears('A', 'end'),
    ],
    differs: missing('GET /c'),
  },
  {
    name: 'reserved rooms',
    flags: [],
    command: ['cat'],
    steps: [
      ...['api', 'metrics', 'health', 'static', 'upload', 'robots.txt', 'favicon.ico'].map((room) =>
        open(room, `/${room}`),
      ),
      open('root', '/'),
    ],
    differs: {
      rows: ['reserved'],
      why: '/health is as reserved as the others',
      expect: { health: { status: 400, body: 'Invalid room' } },
    },
  },
  {
    name: 'rooms reserved by Playpipe',
    flags: [],
    command: ['cat'],
    steps: [open('A', '/ws'), send('A', 'end'), hears('A', 'end')],
    differs: {
      rows: ['reserved'],
      why: "Playpipe's own paths cannot be rooms",
      expect: { A: { status: 400, body: 'Invalid room' } },
    },
  },
  {
    name: 'a room name of 200 characters',
    flags: [],
    command: ['cat'],
    steps: [open('A', `/${'x'.repeat(200)}`), send('A', 'end'), hears('A', 'end')],
    differs: {
      rows: ['room-name'],
      why: 'a name has up to 128 characters',
      expect: { A: { status: 400, body: 'Invalid room' } },
    },
  },
  {
    name: '--maxrooms 0',
    flags: ['--maxrooms', '0'],
    command: ['cat'],
    steps: [open('A'), send('A', 'end'), hears('A', 'end')],
    differs: { rows: ['maxrooms-zero'], why: '0 is no limit', expect: { A: ['end'], 'A closed': undefined } },
  },
  {
    name: '--maxrooms refuses one more room, not one more client',
    flags: ['--maxrooms', '1'],
    command: ['cat'],
    steps: [...pairOfText, open('C', '/s'), closed('C'), send('A', 'end'), hears('A', 'end'), hears('B', 'end')],
    differs: closes('close-refused', 4503, 'C'),
  },
  {
    name: '--maxforks is --maxrooms, and a reload of the last client is welcome at once',
    flags: ['--maxforks', '1', '--joinmsg', '#ID'],
    command: ['cat'],
    steps: [open('A'), hears('A', '1'), leave('A'), open('B'), hears('B', '2'), open('C', '/s'), closed('C')],
    differs: closes('close-refused', 4503, 'C'),
  },
  {
    name: '--oneshot: a second client is refused, and the first one leaving ends the server',
    flags: ['--oneshot'],
    command: ['cat'],
    steps: [open('A'), send('A', 'hi'), hears('A', 'hi'), open('B'), closed('B'), leave('A'), exit],
    differs: closes('close-refused', 4503, 'B'),
  },
  {
    name: '--oneshot: the end of the child ends the server',
    flags: ['--oneshot'],
    command: ['sh', '--', '-c', 'echo bye; sleep 0.2'],
    steps: [open('A'), closed('A'), exit],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: 'an empty room gets a new child, and numbers go on',
    flags: ['--joinmsg', '#ID', '--api'],
    command: ['sh', '--', '-c', 'n=0; while read -r line; do n=$((n+1)); echo "line $n: $line"; done'],
    steps: [open('A'), hears('A', 'line 1'), leave('A'), poll('/api/rooms/', '[]'), open('B'), hears('B', 'line 1')],
  },
  {
    name: 'a room whose child has ended gets a new one',
    flags: ['--joinmsg', '#ID'],
    command: ['sh', '--', '-c', 'read x; echo "hello $x"'],
    steps: [open('A'), closed('A'), open('B'), closed('B')],
    racy: true,
    differs: closes('close-exit', 1000, 'A', 'B'),
  },

  // The child's life
  {
    name: 'a child that fails',
    flags: [],
    command: ['sh', '--', '-c', 'echo last words; exit 3'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1011, 'A'),
  },
  {
    name: 'a child that is killed',
    flags: [],
    command: ['sh', '--', '-c', 'echo last words; kill -9 $$'],
    steps: [open('A'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1011, 'A'),
  },
  {
    name: 'a child whose room is empty',
    flags: ['--json'],
    command: [
      'sh',
      '--',
      '-c',
      'echo $$ >pid; echo started >seen; read j; echo ready; while read -r l; do last=$l; done; echo "saved after $last" >>seen',
    ],
    steps: [open('A'), hears('A', 'ready'), leave('A'), gone],
    differs: {
      rows: ['farewell'],
      why: 'the child sees the Leave and the end of its stdin, and may save',
      expect: { child: ['started', 'saved after {"t":"Leave","_from":1}', ''] },
    },
  },
  {
    name: 'a child that closes its stdin',
    flags: [],
    command: ['sh', '--', '-c', 'exec <&-; echo ready; sleep 0.4; echo still here; sleep 0.4; echo end'],
    steps: [open('A'), hears('A', 'ready'), send('A', 'hello?'), hears('A', 'still here')],
    differs: {
      rows: ['closed-stdin'],
      why: 'it may go on printing',
      expect: { A: ['ready', 'still here'], 'A closed': undefined },
    },
  },
  {
    name: 'standard error is for the log',
    flags: [],
    command: ['sh', '--', '-c', 'echo oops >&2; echo fine; cat'],
    steps: [open('A'), hears('A', 'fine'), logged('oops')],
    output: (stdout, stderr) => ((stdout + stderr).includes('oops') ? 'has what the child said' : 'has not'),
  },
  {
    name: 'a command that does not exist',
    flags: [],
    command: ['no-such-program-anywhere'],
    steps: [open('A'), closed('A')],
    differs: {
      rows: ['no-command'],
      why: 'a typing error is told at the start',
      expect: { start: 'exit 2', A: undefined, 'A closed': undefined },
    },
  },
  {
    name: 'a script of the working directory, without ./',
    flags: [],
    command: ['example.sh'],
    steps: [open('A'), closed('A')],
    differs: {
      rows: ['local-script'],
      why: "ScaleSocket's own page writes game.py",
      expect: { A: ['{"message": "hello"}', '{"message": "goodbye"}'], 'A closed': 1000 },
    },
  },
  {
    name: '--delay holds the child back',
    flags: ['--delay', '1'],
    command: ['cat'],
    steps: [open('A'), send('A', 'hi'), hears('A', 'hi'), took(950)],
  },
  {
    name: 'SIGTERM ends the server',
    flags: [],
    command: ['cat'],
    steps: [...pairOfText, signal('SIGTERM'), closed('A'), closed('B'), exit],
    differs: {
      rows: ['close-shutdown'],
      why: 'a close code tells why',
      expect: { 'A closed': 1001, 'B closed': 1001 },
    },
  },
  {
    name: 'SIGINT ends the server',
    flags: [],
    command: ['cat'],
    steps: [open('A'), send('A', 'hi'), hears('A', 'hi'), signal('SIGINT'), closed('A'), exit],
    differs: closes('close-shutdown', 1001, 'A'),
  },

  // TCP
  {
    name: '--tcp speaks to a child that listens on PORT',
    flags: ['--tcp', '--tcpports', '{tcp}:{tcp+1}', '--delay', '1'],
    command: ['python3', '--', 'tcp.py'],
    needs: ['python3'],
    racy: true,
    steps: [...pairOfText, send('A', 'hi'), hears('A', 'hi'), hears('B', 'hi')],
  },
  {
    name: '--tcp with the default delay, JSON and both messages',
    flags: ['--tcp', '--tcpports', '{tcp}:{tcp+1}', '--json'],
    command: ['python3', '--', 'tcp.py'],
    record: 'parsed',
    needs: ['python3'],
    racy: true,
    steps: [...pair, leave('B'), hears('A', 'Leave')],
  },
  {
    name: '--tcpports leaves its end out: one port is one room',
    flags: ['--tcp', '--tcpports', '{tcp}:{tcp+1}'],
    command: ['python3', '--', 'tcp.py'],
    needs: ['python3'],
    racy: true,
    steps: [
      open('A'),
      send('A', 'hi'),
      hears('A', 'hi'),
      open('B', '/s'),
      closed('B'),
      send('A', 'end'),
      hears('A', 'end'),
    ],
    differs: {
      rows: ['tcp-ports'],
      why: 'a room without a port is refused, and the others go on',
      expect: { A: ['hi', 'end'], 'A closed': undefined, 'B closed': 1011 },
    },
  },

  // HTTP
  {
    name: 'without flags there is /health and nothing else',
    flags: [],
    command: ['cat'],
    steps: [get('/health'), get('/'), get('/r'), get('/metrics'), get('/api/rooms/'), get('/api/r/'), get('/a/b')],
    differs: missing('GET /metrics', 'GET /api/rooms/', 'GET /api/r/'),
  },
  {
    name: 'half a handshake',
    flags: [],
    command: ['cat'],
    steps: [
      get('/r', { headers: { connection: 'Upgrade', upgrade: 'websocket' }, as: 'no key' }),
      get('/r', {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'short',
        },
        as: 'short key',
      }),
      open('A', '/s'),
      send('A', 'end'),
      hears('A', 'end'),
    ],
    differs: {
      rows: ['bad-handshake'],
      why: 'it is the request that is bad',
      expect: { 'no key': answer(400, 'Bad request'), 'short key': answer(400, 'Bad request') },
    },
  },
  {
    name: 'other methods',
    flags: ['--api'],
    command: ['cat'],
    steps: [ask('POST', '/health'), ask('HEAD', '/health'), ask('POST', '/api/rooms/')],
    differs: {
      rows: ['http-404', 'head'],
      why: 'what is not there is 404, and HEAD answers as GET does',
      expect: {
        'POST /health': answer(404, 'Not found'),
        'POST /api/rooms/': answer(404, 'Not found'),
        'HEAD /health': { status: 200, type: 'application/json', body: '' },
      },
    },
  },
  {
    name: '--api and --metrics tell of rooms',
    flags: ['--api', '--metrics', '--json'],
    command: ['sh', '--', '-c', `read j; echo '{"_meta":true,"k":1}'; echo '{"ready":1}'; cat`],
    record: 'parsed',
    steps: [
      open('A'),
      hears('A', 'ready'),
      get('/api/rooms/'),
      get('/api/rooms'),
      get('/api/r/'),
      get('/api/r'),
      get('/api/r/metadata'),
      get('/api/r/connections'),
      get('/api/none/'),
      get('/api/none/metadata'),
      get('/api/none/connections'),
      get('/api/r/nothing'),
      get('/api/'),
    ],
    differs: missing('GET /api/'),
  },
  {
    name: '--metrics has both series',
    flags: ['--metrics', '--leavemsg', 'bye'],
    command: ['cat'],
    steps: [...pairOfText, leave('B'), hears('A', 'bye'), get('/metrics', { only: series })],
    differs: {
      rows: ['metrics-prefix'],
      why: 'the series carry our name',
      expect: {
        'GET /metrics': {
          status: 200,
          type: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
          body: ['playpipe_websocket_connections_total{room="r"} 2', 'playpipe_websocket_connections_open{room="r"} 1'],
        },
      },
    },
  },
  {
    name: 'metadata is replaced whole, and stays while the room lives',
    flags: ['--api', '--json'],
    command: printsOnce('{"_meta":true,"a":1}\n{"_meta":true,"b":{"c":2},"_to":1}\n{"end":1}'),
    record: 'parsed',
    steps: [open('A'), open('B'), hears('A', 'end'), hears('B', 'end'), get('/api/r/metadata')],
  },
  {
    name: 'metadata of a room that has ended',
    flags: ['--api', '--json'],
    command: ['sh', '--', '-c', `read j; echo '{"_meta":true,"k":1}'; echo '{"ready":1}'; cat >/dev/null`],
    record: 'parsed',
    steps: [open('A'), hears('A', 'ready'), leave('A'), poll('/api/rooms/', '[]'), get('/api/r/')],
    differs: {
      rows: ['metadata-life'],
      why: 'metadata ends with its room',
      expect: {
        'GET /api/r/': { status: 200, type: 'application/json', body: { name: 'r', connections: 0, metadata: null } },
      },
    },
  },
  {
    name: '--staticdir serves files',
    flags: ['--staticdir', 'public'],
    command: ['cat'],
    steps: [
      get('/'),
      get('/index.html'),
      get('/hello.txt'),
      get('/app.js'),
      get('/data.json'),
      get('/missing.txt'),
      get('/sub/'),
      ask('HEAD', '/hello.txt'),
      get('/hello.txt', { headers: { range: 'bytes=0-4' }, as: 'range' }),
      get('/hello.txt', { headers: { range: 'bytes=99-' }, as: 'range beyond the end' }),
      get('/hello.txt', { headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, as: 'not modified' }),
      get('/../package.json'),
      get('/..%2fpackage.json'),
      get('/%2e%2e/package.json'),
      open('A', '/r'),
      send('A', 'end'),
      hears('A', 'end'),
    ],
    differs: {
      ...charset,
      expect: {
        'GET /': page('compat'),
        'GET /index.html': page('compat'),
        'GET /sub/': page('sub'),
        'GET /hello.txt': answer(200, 'hello, world\n'),
        'GET /app.js': answer(200, 'export const answer = 42\n', 'text/javascript; charset=utf-8'),
        'GET /data.json': answer(200, { a: 1 }, 'application/json; charset=utf-8'),
        'HEAD /hello.txt': answer(200, ''),
        range: { status: 206, type: 'text/plain; charset=utf-8', range: 'bytes 0-4/13', body: 'hello' },
      },
    },
  },
  {
    name: '--staticdir: a folder without its slash',
    flags: ['--staticdir', 'public'],
    command: ['cat'],
    steps: [get('/sub')],
    differs: {
      rows: ['redirect'],
      why: 'relative links of the page work',
      expect: {
        'GET /sub': {
          status: 301,
          type: 'text/html; charset=UTF-8',
          location: '/sub/',
        },
      },
    },
  },
  {
    name: '--staticdir: hidden files',
    flags: ['--staticdir', 'public'],
    command: ['cat'],
    steps: [get('/.hidden')],
    differs: {
      rows: ['hidden'],
      why: 'dotfiles are not for visitors',
      expect: { 'GET /.hidden': answer(404, 'Not found') },
    },
  },

  // The command line
  {
    name: '--help names every flag',
    flags: ['--help'],
    command: [],
    output: flagsIn,
  },
  {
    name: '-h names every flag too',
    flags: ['-h'],
    command: [],
    output: flagsIn,
  },
  {
    name: '--version',
    flags: ['--version'],
    command: [],
    output: (stdout) => stdout.replace(/\w+ \d+\.\d+\.\d+/, '<name> <version>'),
  },
  {
    name: '-V',
    flags: ['-V'],
    command: [],
    output: (stdout) => stdout.replace(/\w+ \d+\.\d+\.\d+/, '<name> <version>'),
  },
  {
    name: 'flags after the command are the server’s, until --',
    flags: [],
    command: ['cat', '--json', '--', '-u'],
    record: 'parsed',
    steps: [open('A'), hears('A', 'Join')],
  },
  {
    name: 'words after the command without --',
    flags: [],
    command: ['printf', 'a'],
    steps: [open('A'), closed('A')],
    differs: {
      rows: ['plain-words'],
      why: 'further plain words are arguments',
      expect: { start: 'listening', A: ['a'], 'A closed': 1000 },
    },
  },
  {
    name: '--staticdir of a folder that is not there',
    flags: ['--staticdir', 'nowhere'],
    command: ['cat'],
    output: complaint,
    differs: { rows: ['no-folder'], why: 'a typing error is told at the start', expect: { start: 'exit 2' } },
  },
  { name: 'an unknown flag', flags: ['--nonsense'], command: ['cat'], output: complaint },
  { name: 'no command', flags: [], command: [], output: complaint },
  { name: '--cache 0', flags: ['--cache', '0'], command: ['cat'], output: complaint },
  { name: '--json beside --frame', flags: ['--json', '--frame=json'], command: ['cat'], output: complaint },
  { name: '--json beside --clientframe', flags: ['--json', '--clientframe=json'], command: ['cat'], output: complaint },
  { name: '--json beside --serverframe', flags: ['--json', '--serverframe=json'], command: ['cat'], output: complaint },
  {
    name: '--frame beside --clientframe',
    flags: ['--frame', '--clientframe=json'],
    command: ['cat'],
    output: complaint,
  },
  {
    name: '--frame beside --serverframe',
    flags: ['--frame', '--serverframe=json'],
    command: ['cat'],
    output: complaint,
  },
  { name: '--binary beside --delimiters', flags: ['--binary', '--delimiters=,'], command: ['cat'], output: complaint },
  { name: '--tcpports without --tcp', flags: ['--tcpports', '22990:22991'], command: ['cat'], output: complaint },
  { name: '--maxrooms beside --tcp', flags: ['--tcp', '--maxrooms', '3'], command: ['cat'], output: complaint },
  {
    name: '--maxrooms beside --tcpports',
    flags: ['--tcp', '--tcpports', '{tcp}:{tcp+1}', '--maxrooms', '3'],
    command: ['cat'],
    output: complaint,
    differs: { rows: ['tcp-maxrooms'], why: 'there is no conflict in it', expect: { start: 'listening' } },
  },
  { name: '--oneshot beside --maxrooms', flags: ['--oneshot', '--maxrooms', '3'], command: ['cat'], output: complaint },
  { name: '--delimiters without =', flags: ['--delimiters', ','], command: ['cat'], output: complaint },
  { name: '--frame of an unknown kind', flags: ['--frame=xml'], command: ['cat'], output: complaint },
  { name: '--log of an unknown kind', flags: ['--log', 'xml'], command: ['cat'], output: complaint },
  { name: '--maxrooms with a word', flags: ['--maxrooms', 'many'], command: ['cat'], output: complaint },
  {
    name: 'a port in use',
    flags: [],
    command: ['cat'],
    portTaken: true,
    output: complaint,
    differs: { rows: ['port-in-use'], why: 'one clear line', expect: { start: 'exit 1', output: 'no stack' } },
  },
  {
    name: 'the log',
    flags: [],
    command: ['cat'],
    output: log,
    steps: [open('A'), send('A', 'end'), hears('A', 'end')],
    differs: {
      rows: ['log-stream'],
      why: 'logs go to stderr',
      expect: { output: { stream: 'stderr', shape: 'text', debug: false } },
    },
  },
  {
    name: '--log json',
    flags: ['--log', 'json'],
    command: ['cat'],
    output: log,
    steps: [open('A'), send('A', 'end'), hears('A', 'end')],
    differs: {
      rows: ['log-stream'],
      why: 'logs go to stderr',
      expect: { output: { stream: 'stderr', shape: 'json', debug: false } },
    },
  },
  {
    name: '-v says more',
    flags: ['-v', '--log=text'],
    command: ['cat'],
    output: log,
    steps: [open('A'), send('A', 'end'), hears('A', 'end'), logged('DEBUG')],
    differs: {
      rows: ['log-stream'],
      why: 'logs go to stderr',
      expect: { output: { stream: 'stderr', shape: 'text', debug: true } },
    },
  },

  // Its documented examples
  {
    name: 'example: a script that prints and ends',
    flags: [],
    command: ['./example.sh'],
    steps: [open('A', '/exampleroom'), closed('A')],
    racy: true,
    differs: closes('close-exit', 1000, 'A'),
  },
  {
    name: 'example: a chat that is cat',
    flags: ['--staticdir', 'public', '--json'],
    command: ['cat'],
    record: 'parsed',
    steps: [get('/'), ...pair, send('A', '{"t":"Chat","text":"hello"}'), hears('A', 'Chat'), hears('B', 'Chat')],
    differs: { ...charset, expect: { 'GET /': page('compat') } },
  },
  {
    name: 'example: a multiplayer game in Python',
    flags: ['--staticdir', 'public', '--json', '--api', '--metrics'],
    command: ['./server.py'],
    needs: ['python3'],
    steps: [
      open('A'),
      hears('A', 'State'),
      open('B'),
      hears('B', 'State'),
      send('A', '{"t":"Input","data":{"x":1,"y":2}}'),
      hears('A', '[1, 2]'),
      hears('B', '[1, 2]'),
      get('/api/rooms/'),
      leave('A'),
      hears('B', 'Leave'),
      get('/api/r/metadata'),
    ],
  },
  {
    name: 'example: npm -- run start',
    flags: ['--staticdir', 'public', '--json'],
    command: ['npm', '--', 'run', 'start'],
    needs: ['npm'],
    steps: [
      open('A'),
      hears('A', 'State'),
      send('A', '{"t":"Move","key":"note","position":{"x":1,"y":2}}'),
      hears('A', '"y":2}'),
    ],
  },
  {
    name: 'example: python3 -- -u script.py',
    flags: [],
    command: ['python3', '--', '-u', 'unflushed.py'],
    needs: ['python3'],
    steps: [open('A'), send('A', 'one'), hears('A', 'heard one')],
  },
  {
    name: 'example: a terminal in --binary',
    flags: ['--binary', '--staticdir', 'public', '--api', '--metrics'],
    command: [
      'bash',
      '--',
      '-c',
      'printf "\\033[2J\\033[H@"; while IFS= read -r -n1 key; do printf "\\033[1;31m%s\\033[0m\\377" "$key"; done',
    ],
    record: 'chunks',
    steps: [
      open('A'),
      hears('A', '@'),
      send('A', 'h'),
      send('A', 'j'),
      hears('A', 'mj\u001b[0m'),
      open('B'),
      send('B', 'k'),
      hears('B', 'mk\u001b[0m'),
    ],
  },
  {
    name: 'example: a whiteboard in Node',
    flags: ['--staticdir', 'public', '--json'],
    command: ['node', '--', 'board.mjs'],
    steps: [
      open('A'),
      hears('A', 'State'),
      send('A', '{"t":"Move","key":"note","position":{"x":1,"y":2}}'),
      hears('A', '"y":2}'),
      open('B'),
      hears('B', 'State'),
    ],
  },
  {
    name: 'example: the older multiplayer page, whose game knows players by id',
    flags: [
      '--staticdir',
      'public',
      '--frame=json',
      '--joinmsg',
      '{"t":"Join","id":#ID}',
      '--leavemsg',
      '{"t":"Leave","id":#ID}',
    ],
    command: ['game.py'],
    needs: ['python3'],
    steps: [
      open('A'),
      hears('A', 'State'),
      open('B'),
      hears('B', 'State'),
      send('A', '{"t":"Input","data":{"x":1,"y":2}}'),
      hears('A', '[1, 2]'),
      hears('B', '[1, 2]'),
      leave('A'),
      hears('B', 'Leave'),
    ],
    differs: {
      rows: ['older-id', 'local-script'],
      why: 'what ScaleSocket 0.1 tagged and routed by id works here to the letter',
      expect: {
        A: [
          '{"t": "State", "data": {"players": {"1": [150, 150]}}, "id": 1}',
          '{"t": "State", "data": {"players": {"1": [1, 2], "2": [150, 150]}}, "id": null}',
        ],
        B: [
          '{"t": "State", "data": {"players": {"1": [150, 150], "2": [150, 150]}}, "id": 2}',
          '{"t": "State", "data": {"players": {"1": [1, 2], "2": [150, 150]}}, "id": null}',
          '{"t": "Leave", "data": {"leaver": 1}, "id": null}',
        ],
        'A closed': undefined,
        'B closed': undefined,
      },
    },
  },
  {
    name: 'the older multiplayer page with its game on a path',
    flags: ['--frame=json', '--joinmsg', '{"t":"Join","id":#ID}', '--leavemsg', '{"t":"Leave","id":#ID}'],
    command: ['./game.py'],
    needs: ['python3'],
    steps: [
      open('A'),
      hears('A', 'State'),
      open('B'),
      hears('B', 'State'),
      send('A', '{"t":"Input","data":{"x":1,"y":2}}'),
      hears('A', 'null'),
      hears('B', 'null'),
    ],
    differs: {
      rows: ['older-id'],
      why: 'what ScaleSocket 0.1 tagged and routed by id works here to the letter',
      expect: {
        A: [
          '{"t": "State", "data": {"players": {"1": [150, 150]}}, "id": 1}',
          '{"t": "State", "data": {"players": {"1": [1, 2], "2": [150, 150]}}, "id": null}',
        ],
        B: [
          '{"t": "State", "data": {"players": {"1": [150, 150], "2": [150, 150]}}, "id": 2}',
          '{"t": "State", "data": {"players": {"1": [1, 2], "2": [150, 150]}}, "id": null}',
        ],
      },
    },
  },
]
