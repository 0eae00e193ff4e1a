//! Whether an expression is about a name of the scope.

use crate::tree::{Access, Node, Step, Tree};

impl Node {
    /// Whether the name is used anywhere in it, as a name of the scope: `name`, `name.field`, `f(name)`; not as a field: `other.name`.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        let any = |nodes: &[Self]| nodes.iter().any(|node| node.mentions(name));
        match &self.tree {
            Tree::Null
            | Tree::Boolean(_)
            | Tree::Integer(_)
            | Tree::Decimal(_)
            | Tree::Text(_)
            | Tree::This
            | Tree::Root
            | Tree::Class(_) => false,
            Tree::Name(given) => given.as_ref() == name,
            Tree::List(nodes)
            | Tree::Function(_, nodes)
            | Tree::New(_, nodes)
            | Tree::All(nodes)
            | Tree::Any(nodes) => any(nodes),
            Tree::Map(pairs) => pairs.iter().any(|(key, value)| key.mentions(name) || value.mentions(name)),
            Tree::Not(node) | Tree::Negative(node) | Tree::Positive(node) => node.mentions(name),
            Tree::Arithmetic(first, rest) => {
                first.mentions(name) || rest.iter().any(|(_, node)| node.mentions(name))
            }
            Tree::Compare(_, left, right) | Tree::Elvis(left, right) => {
                left.mentions(name) || right.mentions(name)
            }
            Tree::Conditional(condition, then, otherwise) => {
                [condition, then, otherwise].iter().any(|node| node.mentions(name))
            }
            Tree::Path(first, steps) => first.mentions(name) || steps.iter().any(|step| step.mentions(name)),
        }
    }
}

impl Step {
    fn mentions(&self, name: &str) -> bool {
        match &self.access {
            Access::Property(_) => false,
            Access::Index(node) | Access::Select(_, node) | Access::Project(node) => node.mentions(name),
            Access::Method(_, nodes) => nodes.iter().any(|node| node.mentions(name)),
        }
    }
}
