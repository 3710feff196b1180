// A modal dialog: Radix keeps the focus inside, closes on Escape and gives the focus back.
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from './button'

interface Props {
  open: boolean
  title: string
  description?: ReactNode
  wide?: boolean
  onClose(): void
  children: ReactNode
}

export function Dialog({ open, title, description, wide, onClose, children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={`lift pop fixed top-[12vh] left-1/2 z-50 max-h-[78vh] w-[calc(100vw-2rem)] -translate-x-1/2 overflow-auto rounded-xl border border-line bg-raised p-5 ${wide ? 'max-w-3xl' : 'max-w-lg'}`}
        >
          <div className="mb-3 flex items-start gap-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg leading-tight font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-1 text-sm text-muted">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close">
                <X size={16} />
              </IconButton>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
