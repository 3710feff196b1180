select genre_id, composer from (select distinct genre_id, composer from tracks where composer is not null)
qualify row_number() over (partition by genre_id order by composer desc) <= 2
order by genre_id, composer desc
