with d as (select 2 * 6371.0088 * asin(sqrt(pow(sin(radians(lat - 51.5) / 2), 2)
  + cos(radians(lat)) * cos(radians(51.5)) * pow(sin(radians(lon + 0.12) / 2), 2))) as km from shops)
select case when km < 1 then 'walk' when km < 10 then 'bike' else 'drive' end as band, count(*) as n from d group by 1 order by 1
