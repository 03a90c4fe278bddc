import { ConfigError } from './values.ts'

/** Where a page comes from, as RFC 6454 has it. */
interface Origin {
  readonly scheme: string
  /** In lower case and punycode, IPv6 the short way; '' where the scheme knows none, as in `file://`. */
  readonly host: string
  /** '' is the scheme's own. */
  readonly port: string
}

/** Which pages an entry of `--origin` means. */
export type OriginRule =
  | { readonly kind: 'all' }
  /** Those that hide where they come from: sandboxed frames, some `file:` pages. */
  | { readonly kind: 'opaque' }
  | {
      readonly kind: 'some'
      readonly scheme: string
      readonly host: string
      /** Every name below the host, itself left out. */
      readonly below: boolean
      /** undefined: any. */
      readonly port: string | undefined
    }

const DEFAULT_PORTS: Record<string, string> = { http: '80', https: '443' }
const OPAQUE = 'null'

/** Scheme, `*.`, host, port. */
const WRITTEN = /^([a-z][a-z\d+.-]*):\/\/(\*\.)?(\[[\da-f:.]+\]|[^\s/:*?#@[\]\\]*)(?::(\*|\d{1,5}))?$/i

/** Reads the value of `--origin`. */
export function originRules(written: string): readonly OriginRule[] {
  const rules = written.split(',').filter((item) => item !== '')
  if (rules.length === 0) throw new ConfigError('want origins, as in https://play.example.org')
  return rules.map(originRule)
}

function originRule(written: string): OriginRule {
  if (written === '*') return { kind: 'all' }
  if (written === OPAQUE) return { kind: 'opaque' }
  const [, , star, , port] = WRITTEN.exec(written) ?? []
  const origin = readOrigin(written.replace('*.', '').replace(/:\*$/, ''))
  if (!origin || (star && origin.host === ''))
    throw new ConfigError(
      `${written} is no origin; want SCHEME://HOST or SCHEME://HOST:PORT, as in https://play.example.org, https://*.example.org or http://localhost:*`,
    )
  return { kind: 'some', ...origin, below: star !== undefined, port: port === '*' ? undefined : origin.port }
}

/** The value of an Origin header; undefined where that is no origin, or an opaque one. */
function readOrigin(text: string): Origin | undefined {
  const [, scheme = '', star, name = '', port = ''] = WRITTEN.exec(text)?.map((part) => part?.toLowerCase()) ?? []
  if (scheme === '' || star !== undefined || port === '*') return undefined
  const host = hostName(name)
  return host === undefined ? undefined : { scheme, host, port: port === DEFAULT_PORTS[scheme] ? '' : port }
}

/** A host as browsers write it. */
function hostName(name: string): string | undefined {
  if (name === '') return ''
  try {
    return new URL(`http://${name}`).hostname
  } catch {
    return undefined // no browser takes it for a host
  }
}

/** Whether a page with this Origin header is meant by one of the rules. */
export function isListed(rules: readonly OriginRule[], header: string): boolean {
  const origin = readOrigin(header)
  return rules.some((rule) => {
    if (rule.kind === 'all') return true
    if (rule.kind === 'opaque') return header === OPAQUE
    if (!origin || origin.scheme !== rule.scheme) return false
    if (rule.port !== undefined && rule.port !== origin.port) return false
    return rule.below ? origin.host.endsWith(`.${rule.host}`) : origin.host === rule.host
  })
}

/**
 * Whether a page with this Origin header was got from the host that was asked for.
 * @param host as in the Host header
 * @param secure asked over TLS: a page that came without it may have been made by anybody on the way
 */
export function isSameOrigin(header: string, host: string, secure: boolean): boolean {
  const page = readOrigin(header)
  if (!page || !(page.scheme in DEFAULT_PORTS) || (secure && page.scheme !== 'https')) return false
  // Behind a proxy that ends TLS and does not say so, the page's scheme is all that is known.
  const asked = readOrigin(`${page.scheme}://${host}`)
  return asked !== undefined && asked.host !== '' && asked.host === page.host && asked.port === page.port
}
