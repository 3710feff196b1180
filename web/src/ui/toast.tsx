// Short messages at the lower edge, with an optional way back (Undo). A message with an action stays longer, and stays while
// it is hovered or focused.
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { messageOf } from '../api/client'
import { Store, useStore } from '../core/store'
import { IconButton } from './button'

interface Toast {
  id: number
  text: string
  tone: 'ok' | 'error'
  action?: { label: string; run(): unknown }
}

const toasts = new Store<Toast[]>([])
let next = 1

export function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
  toasts.set([...toasts.get().slice(-2), { id: next++, text, tone: 'ok', ...options }])
}

export function toastError(error: unknown): void {
  toast(messageOf(error), { tone: 'error' })
}

const dismiss = (id: number) => toasts.set(toasts.get().filter((t) => t.id !== id))

export function Toasts() {
  const list = useStore(toasts)
  return (
    <div role="region" aria-label="Notifications" className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2 px-4">
      <div role="status" aria-live="polite" className="contents">
        {list.map((item) => (
          <Item key={item.id} {...item} />
        ))}
      </div>
    </div>
  )
}

function Item({ id, text, tone, action }: Toast) {
  const [held, setHeld] = useState(false)
  const actionButton = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismiss(id), action ? 10_000 : tone === 'error' ? 8_000 : 4_000)
    return () => clearTimeout(timer)
  }, [held, id, action, tone])
  return (
    <div
      className="lift pop pointer-events-auto flex max-w-xl items-center gap-3 rounded-lg border border-line bg-raised py-2 pr-2 pl-3.5 text-sm"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {tone === 'ok' ? <CircleCheck size={16} className="shrink-0 text-ok" /> : <CircleAlert size={16} className="shrink-0 text-danger" />}
      <span className="min-w-0 break-words">{text}</span>
      {action && (
        <button
          ref={actionButton}
          type="button"
          className="shrink-0 rounded px-2 py-1 font-semibold text-accent hover:bg-accent-soft"
          onClick={() => {
            dismiss(id)
            void Promise.resolve(action.run()).catch(toastError)
          }}
        >
          {action.label}
        </button>
      )}
      <IconButton label="Dismiss" onClick={() => dismiss(id)}>
        <X size={14} />
      </IconButton>
    </div>
  )
}
