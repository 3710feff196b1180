select state, count(*) as n, avg(delay) as d from flights, airports where origin = iata group by state
