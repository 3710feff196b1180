// JSON-RPC over one WebSocket that is opened again when it is lost, later each time that it fails.
import { Store } from '../core/store'

/** 'connecting' is the first attempt; after that it is either 'live' or 'down'. */
export type ConnectionState = 'connecting' | 'live' | 'down'

export class LanguageError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}

/** Answers that are not for people: the text has changed meanwhile, the question was withdrawn, or the connection was lost. */
const gone = -1
const unshown = new Set([gone, -32800, -32801])
export const isForPeople = (error: unknown): error is LanguageError => error instanceof LanguageError && !unshown.has(error.code)

interface Message {
  id?: number | string
  method?: string
  params?: unknown
  result?: unknown
  error?: { code: number; message: string }
}

interface Pending {
  resolve(result: unknown): void
  reject(error: unknown): void
}

interface Handlers {
  /** What to tell the server when it starts, and again after each loss. */
  initialize(): unknown
  ready(): void
  notified(method: string, params: unknown): void
}

const firstPause = 1_000
const longestPause = 60_000

export class LanguageConnection {
  readonly state = new Store<ConnectionState>('connecting')
  private socket: WebSocket | undefined
  private pending = new Map<number, Pending>()
  private nextId = 1
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private closed = false

  constructor(
    private readonly url: string,
    private readonly on: Handlers,
    private readonly connect: (url: string) => WebSocket = (address) => new WebSocket(address),
  ) {
    window.addEventListener('online', this.retryNow)
    this.open()
  }

  close(): void {
    this.closed = true
    window.removeEventListener('online', this.retryNow)
    clearTimeout(this.timer)
    this.socket?.close(1000)
    this.lost()
  }

  notify(method: string, params: unknown): void {
    this.send({ method, params })
  }

  request<T>(method: string, params: unknown, signal?: AbortSignal): Promise<T> {
    if (this.state.get() !== 'live') return Promise.reject(new LanguageError(gone, 'not connected'))
    return this.ask(method, params, signal) as Promise<T>
  }

  private ask(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject })
      signal?.addEventListener('abort', () => {
        if (this.pending.has(id)) this.notify('$/cancelRequest', { id })
      })
      this.send({ id, method, params })
    })
  }

  private send(message: Message): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  }

  private open(): void {
    let socket: WebSocket
    try {
      socket = this.connect(this.url)
    } catch {
      return this.later() // an address that this browser refuses
    }
    this.socket = socket
    socket.onopen = () => void this.begin(socket)
    socket.onmessage = (event) => this.received(String(event.data))
    socket.onclose = () => {
      if (socket !== this.socket) return
      this.lost()
      this.later()
    }
  }

  private async begin(socket: WebSocket): Promise<void> {
    try {
      await this.ask('initialize', {
        processId: null,
        rootUri: null,
        clientInfo: { name: 'dreamql-notebook' },
        initializationOptions: this.on.initialize(),
        capabilities: {
          general: { positionEncodings: ['utf-16'] },
          textDocument: {
            completion: { completionItem: { documentationFormat: ['markdown'] } },
            hover: { contentFormat: ['markdown'] },
            signatureHelp: { signatureInformation: { documentationFormat: ['markdown'], parameterInformation: { labelOffsetSupport: true }, activeParameterSupport: true } },
            codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } },
            rename: { prepareSupport: true },
            publishDiagnostics: { versionSupport: true },
          },
        },
      })
    } catch {
      return socket.close() // its end opens another
    }
    this.failures = 0
    this.notify('initialized', {})
    this.state.set('live')
    this.on.ready()
  }

  private received(text: string): void {
    let message: Message
    try {
      message = JSON.parse(text) as Message
    } catch {
      return
    }
    if (message.method !== undefined) {
      // A request of the server's would have to be answered; it is told that there is nobody to do so.
      if (message.id !== undefined) this.send({ id: message.id, error: { code: -32601, message: 'the notebook answers no requests' } })
      else this.on.notified(message.method, message.params)
      return
    }
    const waiting = this.pending.get(message.id as number)
    if (!waiting) return
    this.pending.delete(message.id as number)
    if (message.error) waiting.reject(new LanguageError(message.error.code, message.error.message))
    else waiting.resolve(message.result)
  }

  private lost(): void {
    const waiting = [...this.pending.values()]
    this.pending.clear()
    for (const each of waiting) each.reject(new LanguageError(gone, 'the connection was lost'))
    this.state.set('down')
  }

  private later(): void {
    this.state.set('down')
    if (this.closed) return
    // Between half and the whole of the pause, so that many pages do not come back at once.
    const pause = Math.min(longestPause, firstPause * 2 ** this.failures++) * (0.5 + Math.random() / 2)
    this.timer = setTimeout(() => this.open(), pause)
  }

  private readonly retryNow = () => {
    if (this.closed || this.state.get() === 'live') return
    clearTimeout(this.timer)
    this.failures = 0
    if (this.socket?.readyState !== WebSocket.CONNECTING) this.open()
  }
}
