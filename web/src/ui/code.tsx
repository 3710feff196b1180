// DreamQL text that is read, not edited; and a button that copies.
import { Check, Copy } from 'lucide-react'
import { useMemo, useState } from 'react'
import { colour } from '../editor/colour'
import { toastError } from './toast'
import { IconButton } from './button'

export function Code({ source, className = '' }: { source: string; className?: string }) {
  const pieces = useMemo(() => colour(source), [source])
  return (
    <code className={`font-mono text-[0.83rem] leading-relaxed break-words whitespace-pre-wrap ${className}`}>
      {pieces.map((piece, i) => (
        <span key={i} className={piece.style}>
          {piece.text}
        </span>
      ))}
    </code>
  )
}

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  // Plain http from another machine has no clipboard interface.
  const area = document.createElement('textarea')
  area.value = text
  area.style.position = 'fixed'
  document.body.append(area)
  area.select()
  const ok = document.execCommand('copy')
  area.remove()
  if (!ok) throw new Error('The browser did not allow copying.')
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <IconButton
      label={copied ? 'Copied' : label}
      onClick={() => {
        copyText(text)
          .then(() => {
            setCopied(true)
            setTimeout(() => setCopied(false), 1500)
          })
          .catch(toastError)
      }}
    >
      {copied ? <Check size={14} className="text-ok" /> : <Copy size={14} />}
    </IconButton>
  )
}
