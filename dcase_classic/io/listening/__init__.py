"""Where sound comes from while it is made: folders that fill, streams, devices."""
