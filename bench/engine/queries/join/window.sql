select sum(place) as places, count(*) filter (delay > coalesce(before, 0)) as later
from (
  select delay, rank() over (partition by origin order by date) as place, lag(delay) over (partition by origin order by date, delay) as before
  from flights) as placed
