import Type from 'typebox'

/** What is exchanged over HTTP. A schema with a title is a component of the OpenAPI document. */

/**
 * Controls, what can't be seen (Default_Ignorable_Code_Point of Unicode, and the blank of Braille), and every blank but the space: two names
 * that look the same are the same. Characters beyond U+FFFF stand for themselves: JavaScript and Python agree on no other way.
 */
const HIDDEN = [
  '\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f',
  '\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}',
].join('')

/** Blocks that emoji, and what shows their colours, are taken from. */
const PICTURE =
  '\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2190-\\u21ff\\u2300-\\u23ff\\u24c2\\u25a0-\\u27bf\\u2900-\\u297f\\u2b00-\\u2bff\\u3030\\u303d\\u3297\\u3299\u{1f000}-\u{1faff}'

/** Behind a picture U+FE0F asks for its colours, and U+200D joins it to the next: hidden signs that emoji are written with. */
const EMOJI = `[${PICTURE}]\\ufe0f?(?:\\u200d[${PICTURE}]\\ufe0f?)*`
const VISIBLE = `(?:${EMOJI}|[^ ${PICTURE}${HIDDEN}])`

const exact = { additionalProperties: false } as const

export const Name = Type.String({
  minLength: 1,
  maxLength: 32,
  pattern: `^${VISIBLE}(?: *${VISIBLE})*$`,
  description: 'What a player is called: in any script, without blanks at its ends. Case does not tell names apart.',
  examples: ['Ada'],
})

const Password = Type.String({
  minLength: 8,
  maxLength: 200,
  format: 'password',
  examples: ['correct horse battery staple'],
})

/** Milliseconds since 1970. */
const Time = Type.Integer({ minimum: 0, description: 'Milliseconds since 1970.' })

export const Fields = Type.Unsafe<Record<string, unknown>>({ type: 'object', description: 'A JSON object.' })

export const Empty = Type.Object({}, { ...exact, title: 'Empty', description: 'An empty object.' })

export const Credentials = Type.Object({ name: Name, password: Password }, { ...exact, title: 'Credentials' })

export const GuestName = Type.Object({ name: Name }, { ...exact, title: 'GuestName' })

export const Player = Type.Object(
  {
    sub: Type.String({ minLength: 1, description: 'What the player is known by for ever.' }),
    name: Type.String(),
    guest: Type.Optional(Type.Literal(true, { description: 'Has no account.' })),
  },
  { ...exact, title: 'Player' },
)

export const Session = Type.Object(
  {
    player: Player,
    token: Type.String({ description: 'For `Authorization: Bearer`. Browsers get it as a cookie as well.' }),
    expires: Time,
  },
  { ...exact, title: 'Session' },
)

export const Me = Type.Object(
  { player: Player, expires: Type.Union([Time, Type.Null()], { description: 'Null: never by itself.' }) },
  { ...exact, title: 'Me' },
)

export const State = Type.Enum(['waiting', 'running', 'ended'])

export const Game = Type.Object(
  {
    id: Type.String(),
    kind: Type.String({ description: "A game of `--games`; empty: the server's own command." }),
    room: Type.String({ description: 'Its WebSocket is at `/ROOM`.' }),
    state: State,
    open: Type.Boolean({ description: 'Whether a further player gets a place.' }),
    seats: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'Most players, where that is known.',
    }),
    players: Type.Array(Player),
    connections: Type.Integer({ minimum: 0, description: 'People in the room, those who watch included.' }),
    created: Time,
    parameters: Fields,
    metadata: Type.Unsafe<Record<string, unknown>>({ type: 'object', description: 'What the game says by `_meta`.' }),
  },
  { ...exact, title: 'Game' },
)

export const GameList = Type.Object({ games: Type.Array(Game) }, { ...exact, title: 'GameList' })

export const Wish = Type.Object(
  {
    kind: Type.Optional(
      Type.String({ maxLength: 128, description: 'May be left out where the server has one kind of game only.' }),
    ),
    parameters: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        description:
          'For the game, which reads them in its first line: `{"t":"Game","parameters":{…},…}`. At most 4,096 characters of JSON.',
      }),
    ),
    seats: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 256,
        description: 'Most players; where absent, the game says when it is full.',
      }),
    ),
  },
  { ...exact, title: 'Wish' },
)

const admission = {
  game: Game,
  ticket: Type.String({ description: "Opens the game's room once, for this player." }),
  expires: Time,
}

export const Admission = Type.Object(admission, { ...exact, title: 'Admission' })

export const Match = Type.Object(
  { ...admission, created: Type.Boolean({ description: 'No game was waiting: this is a new one.' }) },
  { ...exact, title: 'Match' },
)

export const TicketWish = Type.Object(
  { watch: Type.Optional(Type.Boolean({ description: 'To look on, without a place in the game.' })) },
  { ...exact, title: 'TicketWish' },
)

export const ListFilter = Type.Object({
  kind: Type.Optional(Type.String({ maxLength: 128, description: 'Games of this kind only.' })),
  state: Type.Optional(Type.Enum(['waiting', 'running'], { description: 'Games in this state only.' })),
})

export const GameId = Type.String({ pattern: '^[A-Za-z0-9_-]{12}$', description: 'Of a game.' })

export const Refusal = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String({ description: 'For programs.' }),
        message: Type.String({ description: 'A sentence for people.' }),
      },
      exact,
    ),
  },
  { ...exact, title: 'Refusal' },
)
