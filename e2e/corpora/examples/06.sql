select a.title, coalesce(c.name, 'unknown') as city
from albums a left join (select * from artists where length(name) > 12) c on a.artist_id = c.artist_id
order by a.title, city
