// The one door to the server. Every call returns data or throws ApiError, whose message can be shown to a person.
import createClient from 'openapi-fetch'
import { signedOut } from './session'
import type { paths } from './generated/schema'
import type { Problem } from './types'

export class ApiError extends Error {
  readonly status: number
  readonly problem: Partial<Problem>

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? explainStatus(status))
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
  }

  /** True when the same call may work later: the network or the server was away. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

function explainStatus(status: number): string {
  if (status === 0) return 'The server cannot be reached. Is it running, and are you online?'
  return `The server answered ${status} without saying why.`
}

export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin', fetch: reachable })

/** Turns a failed connection into an ApiError, and notices when the session has ended. */
async function reachable(request: Request): Promise<Response> {
  let response: Response
  try {
    response = await fetch(request)
  } catch (cause) {
    if (request.signal.aborted) throw cause
    throw new ApiError(0, {})
  }
  if (response.status === 401) signedOut()
  return response
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Unwraps an answer of the client: its data, or an ApiError. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call
  if (response.ok) return data as T
  throw new ApiError(response.status, asProblem(error))
}

export function asProblem(body: unknown): Partial<Problem> {
  if (body && typeof body === 'object') return body as Partial<Problem>
  return {}
}

/** A fresh key for an unsafe call, so that a repeated request does nothing twice. */
export function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}

export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return String(error)
}
