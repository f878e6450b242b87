{{title}}{{data}}
