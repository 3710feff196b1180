// The mark: a moon with an arrow, because data flows through `->`.
export function Logo({ size = 24 }: { size?: number }) {
  return <img src="/favicon.svg" width={size} height={size} alt="" className="shrink-0" />
}
