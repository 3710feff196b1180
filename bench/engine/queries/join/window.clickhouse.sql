select sum(place) as places, countIf(delay > coalesce(before, 0)) as later
from (
  select delay, rank() over (partition by origin order by date) as place,
    lagInFrame(delay) over (partition by origin order by date, delay rows between unbounded preceding and unbounded following) as before
  from flights) as placed
