// A menu behind a button.
import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

export interface MenuItem {
  label: string
  icon?: ReactNode
  hint?: string
  tone?: 'danger'
  disabled?: boolean
  run(): void
}

export function Menu({ trigger, items, align = 'end' }: { trigger: ReactNode; items: MenuItem[]; align?: 'start' | 'end' }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align={align} sideOffset={4} className="lift pop z-50 min-w-44 rounded-lg border border-line bg-raised p-1 text-sm">
          {items.map((item) => (
            <Radix.Item
              key={item.label}
              disabled={item.disabled}
              onSelect={item.run}
              className={`flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 outline-none data-[disabled]:opacity-45 data-[highlighted]:bg-hover ${item.tone === 'danger' ? 'text-danger' : ''}`}
            >
              {item.icon}
              <span className="flex-1">{item.label}</span>
              {item.hint && <span className="text-xs text-muted">{item.hint}</span>}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
