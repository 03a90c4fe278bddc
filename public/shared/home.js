// Bunnies is the front door for now; a link to a room or with a name keeps working.
location.replace(`/bunnies/${location.search}${location.hash}`)
