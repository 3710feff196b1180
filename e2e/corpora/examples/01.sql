select track_id, milliseconds / 60000.0 as minutes from tracks where milliseconds > 300000 order by track_id
