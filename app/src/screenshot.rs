//! `--screenshot FILE --after SECS`: a picture of the window, then the window closes.

use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, bounded};
use egui::{ColorImage, Context, ViewportCommand};

use crate::files::write_atomically;

/// A picture that was asked for on the command line.
pub struct Screenshot {
    path: PathBuf,
    after_secs: f64,
    done: Option<Receiver<()>>,
}

impl Screenshot {
    /// A picture of the window as it is after so many seconds.
    pub fn new(path: PathBuf, after_secs: f64) -> Self {
        Self { path, after_secs, done: None }
    }

    /// Asks for the picture when it is time, and closes the window when it is written.
    pub fn advance(&mut self, ctx: &Context, now_secs: f64) {
        match &self.done {
            None if now_secs >= self.after_secs => {
                let (sender, receiver) = bounded(1);
                let (path, ctx_of_writer) = (self.path.clone(), ctx.clone());
                ctx.request_screenshot(move |image| {
                    let writing = std::thread::Builder::new().name("screenshot".into()).spawn(move || {
                        if let Err(error) = write_png(&path, &image) {
                            eprintln!("cannot write the picture: {error} ({})", path.display());
                        }
                        let _ = sender.send(());
                        ctx_of_writer.request_repaint();
                    });
                    if let Err(error) = writing {
                        eprintln!("cannot write the picture: {error}");
                    }
                });
                self.done = Some(receiver);
                ctx.request_repaint();
            }
            None => ctx.request_repaint_after(std::time::Duration::from_secs_f64(
                (self.after_secs - now_secs).clamp(0.0, 3600.0),
            )),
            Some(done) if !matches!(done.try_recv(), Err(crossbeam_channel::TryRecvError::Empty)) => {
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Some(_) => {}
        }
    }
}

/// Writes a picture as PNG.
///
/// # Errors
/// The file cannot be written.
pub fn write_png(path: &Path, image: &ColorImage) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width() as u32, image.height() as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = image.pixels.iter().flat_map(|pixel| pixel.to_srgba_unmultiplied()).collect();
    let mut writer = encoder.write_header().map_err(std::io::Error::other)?;
    writer.write_image_data(&pixels).map_err(std::io::Error::other)?;
    writer.finish().map_err(std::io::Error::other)?;
    write_atomically(path, &bytes)
}
