/** Names that can be no room and no game: they are paths of the server's own. */
const RESERVED = new Set(
  'api metrics health static upload robots.txt favicon.ico playpipe.js ws vendor shared'.split(' '),
)
/** Characters, not UTF-16 units. */
const MAX_NAME = 128

/** A path segment as the name of a room or a game; undefined where it can't be one. */
export function pathName(segment: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(segment)
  } catch {
    return undefined // not percent-encoded UTF-8
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name === '' || [...name].length > MAX_NAME || /[\u0000-\u001f\u007f-\u009f/]/.test(name) || RESERVED.has(name))
    return undefined
  return name
}

/** The game that a room belongs to: rooms of `--games` are called `GAME/ROOM`, others have none. */
export function gameOf(room: string): string | undefined {
  const slash = room.indexOf('/')
  return slash < 0 ? undefined : room.slice(0, slash)
}

/** What a room is called within its game. */
export function nameInGame(room: string): string {
  return room.slice(room.indexOf('/') + 1)
}
