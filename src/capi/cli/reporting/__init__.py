"""`capi report`: what a room's trades came to, for people, for programs, and as one page that opens offline."""
