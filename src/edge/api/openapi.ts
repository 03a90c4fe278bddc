import type { TSchema } from 'typebox'
import { COOKIE } from './credentials.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { REFUSALS, type RefusalCode } from './refusals.ts'
import * as schemas from './schemas.ts'

type Json = Record<string, unknown>

/** The description of the API, from the rows that it is run by. @param closed `--auth required`: nobody comes in without a token */
export function describeApi(version: string, closed: boolean): Json {
  const paths: Record<string, Json> = {}
  for (const row of OPERATIONS)
    paths[row.path] = { ...paths[row.path], [row.method.toLowerCase()]: describe(row, closed) }
  paths['/games/events'] = { get: describeEvents(closed) }
  paths['/openapi.json'] = { get: DOCUMENT }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Playpipe',
      version,
      description:
        'Who plays, where, and with whom. A ticket opens a room: connect to `/ROOM` and give it as `?token=`, as a subprotocol, or in the first message.',
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        cookie: { type: 'apiKey', in: 'cookie', name: COOKIE },
      },
    },
  }
}

const LOGGED_IN = [{ bearer: [] }, { cookie: [] }]

function securityOf({ who }: Pick<Operation, 'who'>, closed: boolean): Json {
  return who === 'players' || (who === 'visitors' && closed) ? { security: LOGGED_IN } : {}
}

/** Those that the row names, and those that follow from what it takes. */
function refusalsOf(row: Operation, closed: boolean): RefusalCode[] {
  return [
    ...row.refusals,
    ...(row.body ? (['invalid', 'slow', 'too large', 'not json'] as const) : []),
    ...(row.query ? (['invalid'] as const) : []),
    ...('security' in securityOf(row, closed) ? (['unauthorized'] as const) : []),
    'failed',
  ]
}

function describe(row: Operation, closed: boolean): Json {
  const [status, schema] = row.answer
  return {
    operationId: row.name,
    tags: [row.tag],
    summary: row.summary,
    ...securityOf(row, closed),
    ...parametersOf(row),
    ...(row.body && { requestBody: { required: true, content: json(row.body) } }),
    responses: {
      [status]: schema ? { description: 'Done.', content: json(schema) } : { description: 'Done.' },
      ...responsesOf(refusalsOf(row, closed)),
    },
  }
}

function parametersOf({ path, query }: Operation): Json {
  const inPath = path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: schemas.GameId }] : []
  const { properties = {} } = (query ?? {}) as { properties?: Record<string, TSchema> }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }))
  const parameters = [...inPath, ...inQuery]
  return parameters.length > 0 ? { parameters } : {}
}

function responsesOf(codes: readonly RefusalCode[]): Json {
  const statuses = new Set(codes.map((code) => REFUSALS[code][0]))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const all = new Set(codes.filter((code) => REFUSALS[code][0] === status))
      const description = [...all].map((code) => `\`${code}\`: ${REFUSALS[code][1]}`).join('\n\n')
      const again = { 'Retry-After': { description: 'In seconds.', schema: { type: 'integer' } } }
      return [status, { description, content: json(schemas.Refusal), ...(status === 429 && { headers: again }) }]
    }),
  )
}

function describeEvents(closed: boolean): Json {
  const description =
    'Server-sent events. `games` comes first: what `/games` answers. Then `game`, whenever something about one has changed: the game as it is now.'
  return {
    ...{ operationId: 'followGames', tags: ['Games'], summary: 'Changes of the list, as they happen', description },
    ...securityOf({ who: 'visitors' }, closed),
    responses: {
      200: {
        description: 'A stream that does not end.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...responsesOf([...(closed ? (['unauthorized'] as const) : []), 'too many', 'busy', 'failed']),
    },
  }
}

const DOCUMENT = {
  operationId: 'describe',
  tags: ['About'],
  summary: 'This document',
  responses: { 200: { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } } },
}

function json(schema: TSchema): Json {
  return { 'application/json': { schema: refer(schema) } }
}

function components(): Json {
  const all = Object.values(schemas).filter((schema) => 'title' in schema) as (TSchema & { title: string })[]
  return Object.fromEntries(all.map(({ title, ...schema }) => [title, within(schema)]))
}

/** A schema with a title is referred to. */
function refer(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(refer)
  if ('title' in schema) return { $ref: `#/components/schemas/${schema.title}` }
  return within(schema)
}

function within(schema: object): unknown {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, refer(value)]))
}
