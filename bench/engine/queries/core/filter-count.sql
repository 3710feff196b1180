select count(*) as n from flights where delay > 60 and distance < 500
