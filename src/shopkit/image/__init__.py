"""Pictures: cut a product out, swap it into a scene, check what came out."""
