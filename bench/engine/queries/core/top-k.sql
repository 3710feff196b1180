select date, delay, distance, origin, destination from flights order by delay desc, date, distance, origin, destination limit 10
