// Buttons: one with words, one with an icon only, whose label is spoken and shown as a hint.
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'

type Tone = 'plain' | 'primary' | 'danger' | 'ghost'

const tones: Record<Tone, string> = {
  plain: 'border border-line-strong bg-panel text-ink hover:bg-hover',
  primary: 'border border-transparent bg-accent text-accent-ink hover:brightness-110',
  danger: 'border border-danger bg-panel text-danger hover:bg-danger-soft',
  ghost: 'border border-transparent text-muted hover:bg-hover hover:text-ink',
}

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: Tone
  icon?: ReactNode
  ref?: Ref<HTMLButtonElement>
}

export function Button({ tone = 'plain', icon, children, className = '', ...rest }: Props) {
  return (
    <button
      type="button"
      className={`inline-flex h-8 shrink-0 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-50 ${tones[tone]} ${className}`}
      {...rest}
    >
      {icon}
      {children}
    </button>
  )
}

interface IconProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>
  label: string
  hint?: string
  tone?: 'muted' | 'accent' | 'danger'
}

const iconTones = { muted: 'text-muted hover:text-ink', accent: 'text-accent', danger: 'text-danger' }

export function IconButton({ label, hint, tone = 'muted', children, className = '', ...rest }: IconProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={hint ? `${label} (${hint})` : label}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-md transition-colors hover:bg-hover disabled:cursor-not-allowed disabled:opacity-40 ${iconTones[tone]} ${className}`}
      {...rest}
    >
      {children}
    </button>
  )
}
