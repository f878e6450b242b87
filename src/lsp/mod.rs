//! The language server: the engine over open documents, spoken to in the Language Server Protocol.
//!
//! One thread reads, one writes, one answers; a look at a whole workspace has a thread of its own. What is found is the
//! engine's; here it is only turned into places and words of editors, whose types live in this module alone. A file for each
//! request.

mod actions;
mod client;
mod commands;
mod completion;
mod convert;
mod definition;
mod desk;
mod edit;
mod folding;
mod format;
mod hints;
mod hover;
mod lens;
mod links;
mod names;
mod news;
mod notices;
mod rename;
mod selection;
mod server;
mod spot;
mod symbols;
mod tokens;
mod told;
mod wire;
mod wishes;
mod workspace;

use crate::engine::suppress::Date;
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::channel;
use std::thread;

/// Speaks with one editor until it is done. Whether it said good-bye as it should: `shutdown`, then `exit`.
///
/// # Errors
/// What comes in is no protocol, or nobody reads what goes out.
pub fn serve(
    input: impl Read + Send + 'static,
    mut output: impl Write + Send + 'static,
    today: Option<Date>,
) -> io::Result<bool> {
    let (tell, events) = channel();
    let (say, words) = channel();
    let reader = tell.clone();
    thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            let event = match wire::read(&mut input) {
                Ok(Some(incoming)) => server::Event::In(incoming),
                Ok(None) => server::Event::End(None),
                Err(e) => server::Event::End(Some(e)),
            };
            let ends = matches!(event, server::Event::End(_));
            if reader.send(event).is_err() || ends {
                return;
            }
        }
    });
    let writer = thread::spawn(move || words.into_iter().try_for_each(|message| wire::write(&mut output, &message)));
    let done = server::Server::new(say, tell, today).run(&events);
    let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer stopped")));
    let done = done?;
    written.map(|()| done)
}
