"""How near the ground, trees and buildings come to the conductors of a scanned line, by an editable pack of rules."""
