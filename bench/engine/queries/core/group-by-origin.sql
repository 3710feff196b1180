select origin, count(*) as n, avg(delay) as d from flights group by origin
